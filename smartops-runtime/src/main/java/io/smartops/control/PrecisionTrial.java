package io.smartops.control;

import java.util.Arrays;

/**
 * Compares the time per sample of two precisions on batches that alternate.
 *
 * <p>Formula: batches run in rounds of four, A B B A, so that a steady drift of the machine falls
 * on both alike. Each round gives {@code (ln a₁ − ln b₁ − ln b₂ + ln a₂)/2}; over n rounds the gain
 * is their median, and its error {@code 1.25 · 1.4826 · MAD/√n}, the standard error of a median
 * under normal noise. The trial ends as soon as the gain lies {@link #SURE_ERRORS} errors above or
 * below what is asked for, and after {@link #MOST_ROUNDS} in any case. A gain {@link #CLEAR_FACTOR}
 * times what is asked for, in each of {@link #CLEAR_ROUNDS} rounds, needs no error: noise of that
 * size does not come twice, and each further round would cost two batches in the slow precision. A
 * gain of {@link #OBVIOUS_GAIN} in each half of the first round is enough for the same reason.
 *
 * <p>Not thread-safe.
 */
final class PrecisionTrial {
  /** Fewest rounds: below that a spread says nothing. */
  static final int LEAST_ROUNDS = 4;

  /** Rounds after which a clear gain is enough. */
  static final int CLEAR_ROUNDS = 2;

  /** Times what is asked for: a clear gain. */
  static final double CLEAR_FACTOR = 1.25;

  /** Times as fast in each half of the first round: no further one is needed. */
  static final double OBVIOUS_GAIN = 2;

  /** Most rounds: the bound on what a trial may cost. */
  static final int MOST_ROUNDS = 7;

  /** Times as fast: a gain that is worth another trial. */
  static final double PROMISING_GAIN = 1.2;

  /** Times as fast: as long as noise does not rule it out, another trial is worth its cost. */
  static final double LARGE_GAIN = 1.5;

  /** Standard errors that count as sure. */
  static final double SURE_ERRORS = 3;

  /** Times the median absolute deviation, over √n: the standard error of a median. */
  private static final double ERROR_OF_MEDIAN = 1.25 * 1.4826;

  private static final int BATCHES_IN_ROUND = 4;

  private final double leastLogGain;
  private final double[] logGains = new double[MOST_ROUNDS];
  private int rounds;
  private int position;
  private double sum;
  private double half;
  private boolean obvious;

  /**
   * A trial.
   *
   * @param leastGain how many times as fast B must be
   */
  PrecisionTrial(double leastGain) {
    this.leastLogGain = Math.log(leastGain);
  }

  /** Whether the next batch is B's. */
  boolean isSecond() {
    return position == 1 || position == 2;
  }

  /** Takes the time per sample of the next batch. */
  void add(double nanosPerSample) {
    double part = Math.log(nanosPerSample) / 2;
    sum += isSecond() ? -part : part;
    position++;
    if (position == BATCHES_IN_ROUND / 2) {
      half = sum;
    } else if (position == BATCHES_IN_ROUND) {
      obvious |= rounds == 0 && Math.min(half, sum - half) >= Math.log(OBVIOUS_GAIN) / 2;
      logGains[rounds++] = sum;
      position = 0;
      sum = 0;
    }
  }

  boolean isOver() {
    return rounds == MOST_ROUNDS
        || isClear()
        || (rounds >= LEAST_ROUNDS && Math.abs(logGain() - leastLogGain) > SURE_ERRORS * error());
  }

  private boolean isClear() {
    boolean clear = rounds >= CLEAR_ROUNDS || obvious;
    for (int i = 0; i < rounds; i++) {
      clear &= logGains[i] >= leastLogGain + Math.log(CLEAR_FACTOR);
    }
    return clear;
  }

  /** Whether the gain is surely above what is asked for. */
  boolean isWon() {
    return isClear()
        || (rounds >= LEAST_ROUNDS && logGain() - SURE_ERRORS * error() > leastLogGain);
  }

  /**
   * Whether noise lets nobody be sure: B looks faster by {@link #PROMISING_GAIN}, or may be by
   * {@link #LARGE_GAIN} for all that was shown, as while the JVM compiles.
   */
  boolean isUndecided() {
    boolean open = gain(0) >= PROMISING_GAIN || gain(SURE_ERRORS) >= LARGE_GAIN;
    return !isWon() && open && logGain() + SURE_ERRORS * error() > leastLogGain;
  }

  /** How many times as fast B is; so many standard errors above the median. */
  double gain(double errors) {
    return Math.exp(logGain() + errors * error());
  }

  int rounds() {
    return rounds;
  }

  private double logGain() {
    return median(Arrays.copyOf(logGains, rounds));
  }

  private double error() {
    double middle = logGain();
    double[] deviations = Arrays.copyOf(logGains, rounds);
    for (int i = 0; i < rounds; i++) {
      deviations[i] = Math.abs(deviations[i] - middle);
    }
    return ERROR_OF_MEDIAN * median(deviations) / Math.sqrt(rounds);
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    int half = values.length / 2;
    return values.length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  }
}
