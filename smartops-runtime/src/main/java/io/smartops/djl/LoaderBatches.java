package io.smartops.djl;

import ai.djl.training.dataset.Batch;
import java.util.Iterator;

/** One pass as an iterable. As with DJL's, it can be gone through once. */
final class LoaderBatches implements Iterable<Batch>, AutoCloseable {
  private final LoaderIterator iterator;

  LoaderBatches(LoaderPass pass) {
    this.iterator = new LoaderIterator(pass);
  }

  @Override
  public Iterator<Batch> iterator() {
    return iterator;
  }

  @Override
  public void close() {
    iterator.close();
  }
}
