package io.smartops.control;

import java.util.List;

/**
 * Compares settings by the loop's own time per batch: each setting in turn, and again, so that a
 * drift of the machine does not favour one. Deliveries that were built before the switch are left
 * out.
 */
final class LoaderTrial {
  private final List<LoaderPlan> candidates;
  private final int rounds;
  private final int deliveries;
  private final double leastGain;
  private final long[] periodNanos;
  private int turn;
  private int counted;

  /**
   * Makes a comparison.
   *
   * @param candidates the settings; the first is kept unless another gains enough
   * @param rounds turns that each setting gets
   * @param deliveries deliveries that count in a turn
   * @param leastGain how many times as fast as the first another must be to be taken
   */
  LoaderTrial(List<LoaderPlan> candidates, int rounds, int deliveries, double leastGain) {
    this.candidates = candidates;
    this.rounds = rounds;
    this.deliveries = deliveries;
    this.leastGain = leastGain;
    this.periodNanos = new long[candidates.size()];
  }

  boolean isOver() {
    return turn == rounds * candidates.size();
  }

  LoaderPlan current() {
    return candidates.get(turn % candidates.size());
  }

  /** Takes a delivery made under {@link #current()}; {@code settled} says that it counts. */
  void add(LoaderObservation observation, boolean settled) {
    if (!settled) {
      return;
    }
    periodNanos[turn % candidates.size()] += observation.periodNanos();
    if (++counted == deliveries) {
      counted = 0;
      turn++;
    }
  }

  /** The fastest setting; the first where no other gains enough. */
  LoaderPlan winner() {
    int best = 0;
    for (int i = 1; i < periodNanos.length; i++) {
      double allowed = best == 0 ? periodNanos[0] / leastGain : periodNanos[best];
      best = periodNanos[i] < allowed ? i : best;
    }
    return candidates.get(best);
  }

  double millisPerBatch(LoaderPlan plan) {
    return periodNanos[candidates.indexOf(plan)] / (1e6 * rounds * deliveries);
  }
}
