package io.smartops.djl;

import ai.djl.training.dataset.Batch;
import java.lang.ref.Cleaner;
import java.util.Iterator;

/**
 * What the consumer holds of a pass. Nothing of the pass refers to it, so that a pass whose
 * consumer left without a word is ended when this becomes unreachable.
 */
final class LoaderIterator implements Iterator<Batch>, AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();

  private final LoaderPass pass;
  private final Cleaner.Cleanable cleanable;

  LoaderIterator(LoaderPass pass) {
    this.pass = pass;
    this.cleanable = CLEANER.register(this, pass::close);
  }

  @Override
  public boolean hasNext() {
    return pass.hasNext();
  }

  @Override
  public Batch next() {
    return pass.next();
  }

  @Override
  public void close() {
    cleanable.clean();
  }
}
