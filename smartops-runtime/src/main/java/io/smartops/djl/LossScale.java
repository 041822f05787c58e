package io.smartops.djl;

import io.smartops.SkippedStep;
import io.smartops.precision.LossScaler;

/**
 * The loss scale of a trainer's steps, and whether the step that is being computed must be skipped.
 * One scale holds for all micro-batches, logical batches and devices of a step.
 *
 * <p>Thread-safe: the shares of several devices report here.
 */
final class LossScale {
  private final LossScaler scaler = new LossScaler();
  private boolean used;
  private boolean overflowed;

  /** The scale of the step that is being computed. */
  synchronized float current() {
    return scaler.scale();
  }

  /** A scaled batch's gradients were unscaled. */
  synchronized void unscaled(boolean finite) {
    used = true;
    overflowed |= !finite;
  }

  /** Gradients that are not finite were added without a scale. */
  synchronized void overflowedUnscaled() {
    overflowed = true;
  }

  /** Whether the gradients must not be applied. */
  synchronized boolean mustSkip() {
    return overflowed;
  }

  /** The step was applied. */
  synchronized void applied() {
    if (used) {
      scaler.finite();
    }
    used = false;
  }

  /** Step {@code step} was skipped. */
  synchronized SkippedStep skipped(long step) {
    float before = used ? scaler.scale() : 1;
    if (used) {
      scaler.overflowed();
    }
    SkippedStep skipped = new SkippedStep(step, before, used ? scaler.scale() : 1);
    used = false;
    overflowed = false;
    return skipped;
  }
}
