package io.smartops.djl;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.TranslateException;
import io.smartops.prefetch.PrefetchTask;
import java.io.IOException;
import java.util.Iterator;
import java.util.function.LongSupplier;

/**
 * Reads any dataset's own iterator ahead of the consumer. Tasks must run one at a time, in order.
 *
 * <p>DJL's iterators close their manager, and with it every batch not yet consumed, as soon as they
 * are asked for more than there is. So each batch's manager is moved under the loader's own.
 */
final class LoaderPlainSource implements Iterator<PrefetchTask<LoadedBatch>> {
  private final NDManager manager;
  private final Iterator<Batch> batches;
  private final LongSupplier nanoClock;
  private volatile boolean ended;

  LoaderPlainSource(Dataset dataset, NDManager manager, LongSupplier nanoClock)
      throws IOException, TranslateException {
    this.manager = manager;
    this.batches = dataset.getData(manager).iterator();
    this.nanoClock = nanoClock;
  }

  @Override
  public boolean hasNext() {
    return !ended;
  }

  @Override
  public PrefetchTask<LoadedBatch> next() {
    return hold -> read();
  }

  private LoadedBatch read() {
    LoaderStopwatch watch = new LoaderStopwatch(nanoClock, true);
    if (ended || !batches.hasNext()) {
      ended = true;
      return new LoadedBatch(null, 0, watch.stop());
    }
    Batch batch = batches.next();
    if (batch.getManager() != manager) {
      LoaderManagers.move(batch.getManager(), manager);
    }
    watch.lapRead();
    return new LoadedBatch(
        batch, LoaderBytes.of(batch.getData()) + LoaderBytes.of(batch.getLabels()), watch.stop());
  }
}
