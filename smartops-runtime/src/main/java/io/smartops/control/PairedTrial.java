package io.smartops.control;

import java.util.Arrays;

/**
 * Compares a candidate setting with the present one by pairs of times that were taken next to each
 * other, so that what drifts slowly falls out of each pair.
 *
 * <p>Formula: each pair gives {@code d = ln(present time / candidate time)} per sample. The gain is
 * the median of the d; its standard error is {@code 1.25 · s / √n}, where s is 1.48 times the
 * median absolute deviation, at least {@link #LEAST_NOISE}. With fewer than {@link #LEAST_PAIRS}
 * pairs the trial is open. It is won once the gain is at least what was asked for and more than
 * {@link #CONFIDENCE} standard errors above nothing; it is lost once the gain is so many standard
 * errors below what was asked for, or after {@link #MOST_PAIRS} pairs.
 *
 * <p>The first pair is left out: a setting's first use pays for kernels and workspaces that are
 * made once.
 *
 * <p>Source: paired comparison with robust estimates of place and scale (Huber, "Robust
 * Statistics"), stopped early as in Wald's sequential test. Not thread-safe.
 */
final class PairedTrial {

  /** Pairs before anything is concluded. */
  static final int LEAST_PAIRS = 3;

  /** Pairs after which the present setting stays. */
  static final int MOST_PAIRS = 9;

  /** Standard errors by which a gain must differ from the bound that it is compared with. */
  static final double CONFIDENCE = 2;

  /** The noise of a pair is never believed to be lower: a few pairs may agree by chance. */
  static final double LEAST_NOISE = 0.004;

  /** Fewer values than this may agree by chance in the middle: their range counts too. */
  static final int MAD_PAIRS = 6;

  /** Widens the spread of few pairs; with it, noise alone seldom wins a trial in ten. */
  static final double FEW = 3;

  /** From a median absolute deviation to a standard deviation, for a normal distribution. */
  private static final double DEVIATION_OF_MAD = 1.4826;

  /** Standard error of a median over that of a mean. */
  private static final double MEDIAN_COST = 1.2533;

  /** What is known so far. */
  enum Verdict {
    /** More pairs are needed. */
    OPEN,
    /** The candidate is faster. */
    WON,
    /** The present setting stays. */
    LOST
  }

  private final double leastGain;
  private final double[] pairs = new double[MOST_PAIRS];
  private final double[] scratch = new double[MOST_PAIRS];
  private int count = -1; // the first pair is left out

  /**
   * @param leastGain the gain that is asked for: 0.02 is 2 % less time a sample; negative for a
   *     candidate that is preferred unless it is slower than that
   */
  PairedTrial(double leastGain) {
    this.leastGain = leastGain;
  }

  /** Takes a pair of times, both for one sample and both positive. */
  void add(double presentNanos, double candidateNanos) {
    if (count >= 0 && count < MOST_PAIRS) {
      pairs[count] = Math.log(presentNanos / candidateNanos);
    }
    count++;
  }

  /** Pairs that count. */
  int pairs() {
    return Math.max(0, Math.min(count, MOST_PAIRS));
  }

  /** What is known so far. */
  Verdict verdict() {
    if (pairs() < LEAST_PAIRS) {
      return Verdict.OPEN;
    }
    double doubt = CONFIDENCE * noise();
    if (gain() >= leastGain && gain() - doubt > Math.min(0, leastGain)) {
      return Verdict.WON;
    }
    return gain() + doubt < leastGain || pairs() == MOST_PAIRS ? Verdict.LOST : Verdict.OPEN;
  }

  /** The median gain: 0.05 means that the candidate takes 5 % less time for a sample. */
  double gain() {
    return median(pairs);
  }

  /** Standard error of the gain. */
  double noise() {
    double middle = gain();
    double[] distances = new double[MOST_PAIRS];
    for (int i = 0; i < pairs(); i++) {
      distances[i] = Math.abs(pairs[i] - middle);
    }
    double deviation =
        Math.max(Math.max(LEAST_NOISE, DEVIATION_OF_MAD * median(distances)), rangeOfFew() / 2);
    double n = Math.max(1, pairs());
    return MEDIAN_COST * deviation * (1 + FEW / n) / Math.sqrt(n);
  }

  private double rangeOfFew() {
    if (pairs() == 0 || pairs() >= MAD_PAIRS) {
      return 0;
    }
    double[] few = Arrays.copyOf(pairs, pairs());
    Arrays.sort(few);
    return few[few.length - 1] - few[0];
  }

  private double median(double[] values) {
    int n = pairs();
    System.arraycopy(values, 0, scratch, 0, n);
    Arrays.sort(scratch, 0, n);
    return n == 0 ? 0 : (scratch[(n - 1) / 2] + scratch[n / 2]) / 2;
  }
}
