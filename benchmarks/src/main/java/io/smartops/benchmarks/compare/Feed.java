package io.smartops.benchmarks.compare;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.translate.TranslateException;
import io.smartops.benchmarks.compare.Trial.Contender;
import io.smartops.examples.Workload;
import java.io.IOException;
import java.time.Duration;

/** The data of a trial. */
final class Feed {
  /** How long a record takes where input is the bottleneck: that of a near object store. */
  private static final Duration LATENCY = Duration.ofMillis(4);

  private Feed() {}

  /** The training data; a static contender loads micro-batches, the others logical batches. */
  static RandomAccessDataset dataset(Workload workload, Trial trial, NDManager manager)
      throws IOException, TranslateException {
    boolean fixed = trial.contender() == Contender.STATIC;
    int loaded = fixed ? trial.setting().microBatch() : trial.batchSize();
    RandomAccessDataset source = workload.trainSet(manager, loaded);
    boolean late = trial.condition() == Condition.INPUT_BOUND;
    // Rows of an array are copied a batch at a time: nothing to wait for, nothing to load ahead.
    if (source instanceof ArrayDataset || !(late || fixed)) {
      return source;
    }
    return FedDataset.of(
        source, loaded, Math.max(1, trial.setting().depth()), late ? LATENCY : Duration.ZERO);
  }
}
