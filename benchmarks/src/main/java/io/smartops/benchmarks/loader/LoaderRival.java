package io.smartops.benchmarks.loader;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.translate.TranslateException;
import io.smartops.SmartLoader;
import io.smartops.SmartLoaderOptions;
import io.smartops.SmartLoaderStats;
import java.io.IOException;
import java.util.Iterator;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One way to load, measured over one pass. */
final class LoaderRival {
  /** Batches that a pass may take to settle; the goal names this number. */
  static final int SETTLING_BATCHES = 30;

  /** What is measured lasts so long, and at least so many batches. */
  private static final long MEASURED_NANOS = TimeUnit.MILLISECONDS.toNanos(1_000);

  private static final int MEASURED_BATCHES = 20;
  private static final int PATIENCE_SECONDS = 30;
  private static final int DJL_PREFETCH = 2;

  final String name;
  private final Way way;

  private interface Way {
    Measured run(LoaderScenario scenario, NDManager manager) throws IOException, TranslateException;
  }

  /**
   * One pass.
   *
   * @param steadyMillis mean time a batch after the settling batches
   * @param stats the loader's own account, for the adaptive one
   */
  record Measured(double steadyMillis, @Nullable SmartLoaderStats stats) {}

  private LoaderRival(String name, Way way) {
    this.name = name;
    this.way = way;
  }

  Measured run(LoaderScenario scenario) throws IOException, TranslateException {
    try (NDManager manager = NDManager.newBaseManager()) {
      return way.run(scenario, manager);
    }
  }

  static LoaderRival djl() {
    return new LoaderRival(
        "DJL, no executor",
        (scenario, manager) ->
            time(
                scenario, 0, dataset(scenario, manager, DJL_PREFETCH).getData(manager).iterator()));
  }

  /**
   * DJL's default is the common pool. This is one like it that ends with the pass: threads that
   * used libtorch keep threads of libgomp's alive, and while these outnumber the cores libgomp is
   * up to twice as slow for everyone, so that one rival's pool would slow the next rival.
   */
  static LoaderRival djlExecutor() {
    return new LoaderRival(
        "DJL, executor at its default",
        (scenario, manager) -> {
          ExecutorService pool = new ForkJoinPool(ForkJoinPool.getCommonPoolParallelism());
          try {
            return time(
                scenario,
                DJL_PREFETCH,
                dataset(scenario, manager, DJL_PREFETCH).getData(manager, pool).iterator());
          } finally {
            end(pool);
          }
        });
  }

  static LoaderRival djlStatic(int workers, int depth) {
    return new LoaderRival(
        "DJL, %d workers, depth %d".formatted(workers, depth),
        (scenario, manager) -> {
          ExecutorService pool = Executors.newFixedThreadPool(workers);
          try {
            return time(
                scenario,
                depth,
                dataset(scenario, manager, depth).getData(manager, pool).iterator());
          } finally {
            end(pool);
          }
        });
  }

  /** DJL's tasks crash the JVM if their manager is closed while they run: wait for them. */
  private static void end(ExecutorService pool) {
    pool.shutdownNow();
    try {
      pool.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static LoaderRival fixed(int workers, int depth) {
    return new LoaderRival(
        "SmartLoader, %d workers, depth %d".formatted(workers, depth),
        (scenario, manager) -> smart(scenario, manager, workers, depth));
  }

  static LoaderRival adaptive() {
    return new LoaderRival(
        "SmartLoader, adaptive", (scenario, manager) -> smart(scenario, manager, -1, -1));
  }

  private static Measured smart(
      LoaderScenario scenario, NDManager manager, int workers, int depth) {
    SmartLoaderOptions.Builder options =
        SmartLoaderOptions.builder().optManager(manager).optMemoryCapBytes(scenario.capBytes());
    if (workers >= 0) {
      options.optWorkers(workers).optDepth(depth);
    }
    RandomAccessDataset dataset = dataset(scenario, manager, DJL_PREFETCH);
    try (SmartLoader loader = SmartLoader.of(dataset, options.build())) {
      Measured times = time(scenario, Math.max(0, depth), loader.iterator());
      return new Measured(times.steadyMillis, loader.stats());
    }
  }

  private static RandomAccessDataset dataset(
      LoaderScenario scenario, NDManager manager, int prefetch) {
    return scenario.dataset().apply(manager, prefetch);
  }

  /**
   * Times a pass after its settling batches. A fixed depth is given as many batches more: what was
   * built while a deep queue filled would pass for speed. The adaptive loader is given none.
   */
  private static Measured time(LoaderScenario scenario, int depth, Iterator<Batch> batches) {
    int settling = SETTLING_BATCHES + depth;
    long settledNanos = 0;
    int count = 0;
    while (batches.hasNext()) {
      try (Batch batch = batches.next()) {
        step(scenario, batch);
      }
      if (++count == settling) {
        settledNanos = System.nanoTime();
      }
      if (count >= settling + MEASURED_BATCHES
          && System.nanoTime() - settledNanos > MEASURED_NANOS) {
        return new Measured((System.nanoTime() - settledNanos) / 1e6 / (count - settling), null);
      }
    }
    throw new IllegalStateException(
        "the data of \"%s\" end after %d batches: too few to measure"
            .formatted(scenario.name(), count));
  }

  /** What an accelerator's step is to the host: one touch of the data, and waiting. */
  private static void step(LoaderScenario scenario, Batch batch) {
    batch.getData().head().getShape();
    if (scenario.stepNanos() > 0) {
      LockSupport.parkNanos(scenario.stepNanos());
    }
  }
}
