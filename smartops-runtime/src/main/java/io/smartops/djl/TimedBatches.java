package io.smartops.djl;

import ai.djl.training.dataset.Batch;
import java.util.Iterator;
import java.util.function.LongConsumer;

/**
 * Batches, and how long each of them was waited for. Closing ends what can be ended early.
 *
 * @param batches the batches
 * @param waitedNanos hears of each wait, in nanoseconds
 */
record TimedBatches(Iterable<Batch> batches, LongConsumer waitedNanos)
    implements Iterable<Batch>, AutoCloseable {

  @Override
  public Iterator<Batch> iterator() {
    long start = System.nanoTime();
    Iterator<Batch> iterator = batches.iterator();
    waitedNanos.accept(System.nanoTime() - start);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        long asked = System.nanoTime();
        boolean more = iterator.hasNext();
        waitedNanos.accept(System.nanoTime() - asked);
        return more;
      }

      @Override
      public Batch next() {
        long asked = System.nanoTime();
        Batch batch = iterator.next();
        waitedNanos.accept(System.nanoTime() - asked);
        return batch;
      }
    };
  }

  @Override
  public void close() {
    if (batches instanceof LoaderBatches loaded) {
      loaded.close();
    }
  }
}
