package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;
import io.smartops.LossFunction;
import org.jspecify.annotations.Nullable;

/**
 * The user's loss, as the trainer hands it out. On predictions that wait for their gradient it is
 * evaluated by their {@link Boundary}, which survives an out-of-memory failure and recognises the
 * result when backward starts from it. In all else it is the user's loss.
 */
final class GuardedLoss extends Loss {
  private final Loss loss;
  private final LossFunction function;
  private final @Nullable InFlight inFlight;

  GuardedLoss(Loss loss, @Nullable InFlight inFlight) {
    super(loss.getName());
    this.loss = loss;
    this.function = loss::evaluate;
    this.inFlight = inFlight;
  }

  /** The user's loss as a function, the same object each time. */
  LossFunction function() {
    return function;
  }

  @Override
  public NDArray evaluate(NDList labels, NDList predictions) {
    return InFlight.reporting(
        inFlight, () -> BoundaryCollector.evaluate(function, labels, predictions));
  }

  @Override
  public void addAccumulator(String key) {
    loss.addAccumulator(key);
  }

  @Override
  public void updateAccumulator(String key, NDList labels, NDList predictions) {
    loss.updateAccumulator(key, labels, predictions);
  }

  @Override
  public void updateAccumulators(String[] keys, NDList labels, NDList predictions) {
    loss.updateAccumulators(keys, labels, predictions);
  }

  @Override
  public void resetAccumulator(String key) {
    loss.resetAccumulator(key);
  }

  @Override
  public float getAccumulator(String key) {
    return loss.getAccumulator(key);
  }
}
