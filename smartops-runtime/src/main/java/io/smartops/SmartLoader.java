package io.smartops;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.TranslateException;
import io.smartops.djl.AdaptiveLoader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;

/**
 * The adaptive loader for code without a trainer: a plain {@code Iterable<Batch>} whose every
 * {@link #iterator()} is a new pass over the data, with the batches that DJL's own iterator gives
 * for the same seed.
 *
 * <pre>{@code
 * try (SmartLoader loader = SmartLoader.of(dataset)) {
 *   for (Batch batch : loader) {
 *     try (batch) { … }
 *   }
 * }
 * }</pre>
 *
 * <p>Each pass belongs to one thread. A pass that is left early is ended by {@link #close()}, by
 * the closing of the parent manager, or when it becomes unreachable. Settings learnt in one pass
 * are kept for the next.
 */
public final class SmartLoader implements Iterable<Batch>, AutoCloseable {
  private final Dataset dataset;
  private final NDManager manager;
  private final AdaptiveLoader loader;

  private SmartLoader(Dataset dataset, SmartLoaderOptions options) {
    this.dataset = dataset;
    // A manager of its own: closing the loader frees its batches and nothing else.
    this.manager =
        options.manager().map(NDManager::newSubManager).orElseGet(NDManager::newBaseManager);
    this.loader = new AdaptiveLoader(manager, options, options.decisions());
  }

  /** A loader with every option at its default. */
  public static SmartLoader of(Dataset dataset) {
    return of(dataset, SmartLoaderOptions.builder().build());
  }

  /**
   * A loader over {@code dataset}.
   *
   * @param dataset the data; parallel if it is a {@code RandomAccessDataset}, else read ahead by
   *     one thread
   * @param options the options
   */
  public static SmartLoader of(Dataset dataset, SmartLoaderOptions options) {
    return new SmartLoader(dataset, options);
  }

  /**
   * Begins a pass. Indices are sampled, and building starts, here.
   *
   * @throws UncheckedIOException if the dataset cannot be prepared
   * @throws IllegalStateException if the dataset cannot be translated, or the loader is closed
   */
  @Override
  public Iterator<Batch> iterator() {
    try {
      return loader.iterate(dataset).iterator();
    } catch (IOException e) {
      throw new UncheckedIOException("the dataset could not be prepared", e);
    } catch (TranslateException e) {
      throw new IllegalStateException("the dataset could not be prepared", e);
    }
  }

  /** What this loader has done so far. */
  public SmartLoaderStats stats() {
    return loader.stats(dataset);
  }

  /** Ends every pass and frees every batch that is still open. */
  @Override
  public void close() {
    loader.close();
    manager.close();
  }
}
