package io.smartops.examples;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.evaluator.Evaluator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A function of the mean over all that was seen, in whatever batches it came. */
abstract class MeanEvaluator extends Evaluator {
  private final Map<String, Double> sums = new ConcurrentHashMap<>();

  MeanEvaluator(String name) {
    super(name);
  }

  /** The sum of what is averaged, over a batch. */
  @Override
  public abstract NDArray evaluate(NDList labels, NDList predictions);

  /** How many values the sum has. */
  abstract long count(NDList labels);

  /** What the mean is turned into. */
  abstract double result(double mean);

  @Override
  public final void addAccumulator(String key) {
    resetAccumulator(key);
  }

  @Override
  public final void resetAccumulator(String key) {
    sums.put(key, 0.0);
    totalInstances.put(key, 0L);
  }

  @Override
  public final void updateAccumulator(String key, NDList labels, NDList predictions) {
    try (NDArray sum = evaluate(labels, predictions)) {
      sums.merge(key, (double) sum.getFloat(), Double::sum);
      totalInstances.merge(key, count(labels), Long::sum);
    }
  }

  /** The result so far; before the first batch it is not a number, as with DJL's evaluators. */
  @Override
  public final float getAccumulator(String key) {
    double sum = sums.getOrDefault(key, 0.0);
    return (float) result(sum / totalInstances.getOrDefault(key, 0L));
  }
}
