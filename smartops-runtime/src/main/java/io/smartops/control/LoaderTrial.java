package io.smartops.control;

import java.util.List;

/**
 * Compares settings by the loop's own time per batch: each setting twice, in turn, so that a drift
 * of the machine does not favour one. Deliveries that were built before the switch are left out.
 */
final class LoaderTrial {
  /** Turns that each setting gets. */
  private static final int ROUNDS = 2;

  /** Deliveries that count in a turn. */
  private static final int DELIVERIES = 4;

  /** Least gain over the first setting that makes another worth taking. */
  private static final double GAIN = 1.03;

  private final List<LoaderPlan> candidates;
  private final long[] periodNanos;
  private int turn;
  private int counted;

  LoaderTrial(List<LoaderPlan> candidates) {
    this.candidates = candidates;
    this.periodNanos = new long[candidates.size()];
  }

  boolean isOver() {
    return turn == ROUNDS * candidates.size();
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
    if (++counted == DELIVERIES) {
      counted = 0;
      turn++;
    }
  }

  /** The fastest setting; the first where no other gains enough. */
  LoaderPlan winner() {
    int best = 0;
    for (int i = 1; i < periodNanos.length; i++) {
      double allowed = best == 0 ? periodNanos[0] / GAIN : periodNanos[best];
      best = periodNanos[i] < allowed ? i : best;
    }
    return candidates.get(best);
  }

  double millisPerBatch(LoaderPlan plan) {
    return periodNanos[candidates.indexOf(plan)] / (1e6 * ROUNDS * DELIVERIES);
  }
}
