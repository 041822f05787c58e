package io.smartops.control;

import java.util.Arrays;

/**
 * Notices a loss that diverges.
 *
 * <p>Formula: over windows of {@link #WINDOW} batches, the loss's median w and its median absolute
 * deviation d. With the lowest median w₀ of a full window so far and that window's d₀, the loss
 * diverges when {@code w > w₀ + max(SPREADS·d₀, |w₀|)}: it has left its noise, and doubled.
 *
 * <p>Deterministic. Not thread-safe.
 */
final class LossWatch {
  /** Batches in a window: a few bad batches do not move its median. */
  static final int WINDOW = 16;

  /** Deviations above the best window that noise does not explain. */
  static final double SPREADS = 8;

  private final double[] recent = new double[WINDOW];
  private int count;
  private double best = Double.POSITIVE_INFINITY;
  private double allowed = Double.POSITIVE_INFINITY;
  private double latest;

  void add(double loss) {
    recent[count++ % WINDOW] = loss;
    if (count >= WINDOW) {
      double[] sorted = sorted(recent);
      latest = sorted[WINDOW / 2];
      if (latest < best) {
        best = latest;
        allowed = latest + Math.max(SPREADS * deviation(sorted), Math.abs(latest));
      }
    }
  }

  /** Whether the latest full window diverges from the best one. */
  boolean diverges() {
    return count >= WINDOW && !(latest <= allowed);
  }

  double best() {
    return best;
  }

  double latest() {
    return latest;
  }

  void forget() {
    count = 0;
    best = Double.POSITIVE_INFINITY;
    allowed = Double.POSITIVE_INFINITY;
  }

  private static double deviation(double[] sorted) {
    double middle = sorted[WINDOW / 2];
    return sorted(Arrays.stream(sorted).map(x -> Math.abs(x - middle)).toArray())[WINDOW / 2];
  }

  private static double[] sorted(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted;
  }
}
