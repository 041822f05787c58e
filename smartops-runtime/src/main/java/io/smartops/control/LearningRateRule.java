package io.smartops.control;

/**
 * By which factor the learning rate grows when an update takes the mean of several batches'
 * gradients instead of one's.
 *
 * <p>With k batches, of which each one's gradient has variance σ² and expected value G:
 *
 * <ul>
 *   <li>{@link #LINEAR}: k. Goyal et al., "Accurate, Large Minibatch SGD", 2017. Meant for SGD, as
 *       long as noise dominates and the rate stays far from instability; use a warm-up.
 *   <li>{@link #SQUARE_ROOT}: √k. Krizhevsky, "One weird trick for parallelizing convolutional
 *       neural networks", 2014; for Adam: Malladi et al., "On the SDEs and Scaling Rules for
 *       Adaptive Gradient Algorithms", 2022 (its moments are left as they are here).
 *   <li>{@link #ADASCALE}: (σ² + |G|²) / (σ²/k + |G|²), from 1 where gradients agree to k where
 *       they are noise. Johnson et al., "AdaScale SGD", 2020. Their schedule also advances by this
 *       factor; here a schedule advances by one with each update, whatever the rule.
 * </ul>
 */
public enum LearningRateRule {
  /** Proportional to the batch. */
  LINEAR {
    @Override
    double gain(int batches, double variance, double gradientSquared) {
      return batches;
    }
  },
  /** Proportional to the square root of the batch. */
  SQUARE_ROOT {
    @Override
    double gain(int batches, double variance, double gradientSquared) {
      return Math.sqrt(batches);
    }
  },
  /** As much as the larger batch improves the gradient. */
  ADASCALE {
    @Override
    double gain(int batches, double variance, double gradientSquared) {
      double together = variance / batches + gradientSquared;
      return together > 0 ? (variance + gradientSquared) / together : 1;
    }
  };

  /**
   * The factor, 1 to {@code batches}.
   *
   * @param batches k
   * @param variance σ², of one batch's gradient
   * @param gradientSquared |G|²
   */
  abstract double gain(int batches, double variance, double gradientSquared);
}
