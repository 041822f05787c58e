package io.smartops.control;

/**
 * How many samples a gradient needs before noise no longer outweighs it.
 *
 * <p>Formula: the squared length of the mean gradient over B samples is, on average, {@code |G|² +
 * S/B}, with the true gradient G and the variance S of a sample's gradient, summed over all
 * parameters. From two batch sizes b and B of the same update:
 *
 * <pre>
 *   |G|² = (B·|g_B|² − b·|g_b|²) / (B − b)
 *   S    = (|g_b|² − |g_B|²) / (1/b − 1/B)
 * </pre>
 *
 * and the noise scale is {@code S / |G|²}. Each pair is very noisy, and a ratio of noisy figures is
 * biased, so numerator and denominator are averaged apart, with weights that fall by {@link
 * #MEMORY} from one to the one before.
 *
 * <p>Regimes: unknown for the first {@link #LEAST_PAIRS} pairs; infinite where the average of |G|²
 * is not above zero, that is, where nothing but noise can be seen.
 *
 * <p>Source: McCandlish, Kaplan, Amodei, "An Empirical Model of Large-Batch Training", 2018,
 * appendix A.1 (the "simple" noise scale). Not thread-safe.
 */
final class NoiseScale {
  /** What a pair's weight is multiplied by when the next one comes. */
  static final double MEMORY = 0.98;

  /** Pairs before anything is concluded. */
  static final int LEAST_PAIRS = 10;

  private double weight;
  private double gradientSum;
  private double varianceSum;
  private int pairs;

  /**
   * Adds what one update showed.
   *
   * @param small samples of the smaller batch, which is a part of the larger one
   * @param smallSquared squared length of its mean gradient
   * @param large samples of the larger batch
   * @param largeSquared squared length of its mean gradient
   */
  void add(int small, double smallSquared, int large, double largeSquared) {
    if (small >= large || !Double.isFinite(smallSquared) || !Double.isFinite(largeSquared)) {
      return;
    }
    double b = small;
    double gradient = (large * largeSquared - b * smallSquared) / (large - b);
    double variance = (smallSquared - largeSquared) / (1 / b - 1.0 / large);
    weight = MEMORY * weight + 1;
    gradientSum = MEMORY * gradientSum + gradient;
    varianceSum = MEMORY * varianceSum + variance;
    pairs++;
  }

  /** Whether enough was seen. */
  boolean isKnown() {
    return pairs >= LEAST_PAIRS;
  }

  /** |G|², at least 0. */
  double gradientSquared() {
    return weight == 0 ? 0 : Math.max(0, gradientSum / weight);
  }

  /** S, at least 0. */
  double variance() {
    return weight == 0 ? 0 : Math.max(0, varianceSum / weight);
  }

  /** The noise scale in samples, 0 to infinity. */
  double samples() {
    return variance() == 0 ? 0 : variance() / gradientSquared();
  }
}
