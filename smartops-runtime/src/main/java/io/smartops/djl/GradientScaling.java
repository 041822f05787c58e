package io.smartops.djl;

import io.smartops.control.Precision;

/**
 * Keeps the gradients of a batch under the loss scale from its first backward pass to its last,
 * those of earlier batches included.
 *
 * <p>Not thread-safe: belongs to its {@link Lane}'s lock.
 */
final class GradientScaling {
  private final Lane lane;
  private boolean scaled;

  GradientScaling(Lane lane) {
    this.lane = lane;
  }

  /** More is about to be added: what earlier batches added is multiplied by the loss scale. */
  void begin(Precision precision) {
    if (precision.needsLossScale() && !scaled) {
      scaled = true;
      if (!lane.gradients().isUntouched()) {
        lane.gradients().scale(lane.lossScale().current());
      }
    }
  }

  /** Takes the loss scale out of the gradients; whether they are finite. */
  boolean end() {
    if (!scaled) {
      return true;
    }
    scaled = false;
    lane.gradients().scale(1 / lane.lossScale().current());
    boolean finite = lane.gradients().areFinite();
    lane.lossScale().unscaled(finite);
    return finite;
  }

  /** The gradients were taken back to what they were before the batch. */
  void forget() {
    scaled = false;
  }
}
