package io.smartops.control;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Compares two settings by the loop's own time per batch, in rounds of a turn each, so that a drift
 * of the machine favours neither. So many rounds must be won, that one disturbance decides nothing,
 * and the comparison is over as soon as they are or cannot be. Deliveries that were built before a
 * switch are left out.
 *
 * <p>A turn of the new setting ends early once it has taken {@value #HOPELESS} times as long as the
 * turn before: so much does a comparison cost at most.
 */
final class LoaderTrial {
  /** See above. */
  static final double HOPELESS = 1.3;

  /** A turn lasts at least so long: threads must wake up, and clocks be fine enough. */
  static final long TURN_NANOS = 8_000_000;

  /** And at most so many deliveries. */
  static final int MOST_DELIVERIES = 128;

  private final LoaderPlan kept;
  private final LoaderPlan tried;
  private final int rounds;
  private final int needed;
  private final int leastDeliveries;
  private final double leastGain;
  private final List<Double> gains = new ArrayList<>();
  private boolean trying;
  private long keptNanos;
  private long triedNanos;
  private int keptDeliveries;
  private int triedDeliveries;

  /**
   * Makes a comparison.
   *
   * @param kept the setting in force, kept unless the other gains enough
   * @param tried the other
   * @param rounds turns that each setting gets, at most
   * @param needed rounds that the other must win
   * @param leastDeliveries deliveries that a turn counts, at least
   * @param leastGain how many times as fast the other must be to win a round
   */
  LoaderTrial(
      LoaderPlan kept,
      LoaderPlan tried,
      int rounds,
      int needed,
      int leastDeliveries,
      double leastGain) {
    this.kept = kept;
    this.tried = tried;
    this.rounds = rounds;
    this.needed = needed;
    this.leastDeliveries = leastDeliveries;
    this.leastGain = leastGain;
  }

  boolean isOver() {
    int lost = gains.size() - won();
    return won() >= needed || lost > rounds - needed;
  }

  private int won() {
    return (int) gains.stream().filter(gain -> gain >= leastGain).count();
  }

  /** Whether the two differ in where batches are built. */
  boolean comparesPlaces() {
    return kept.workers() != tried.workers();
  }

  LoaderPlan current() {
    return trying ? tried : kept;
  }

  /** Takes a delivery made under {@link #current()}; {@code settled} says that it counts. */
  void add(LoaderObservation observation, boolean settled) {
    if (!settled) {
      return;
    }
    if (trying) {
      addTried(observation.periodNanos());
    } else {
      addKept(observation.periodNanos());
    }
  }

  private void addKept(long periodNanos) {
    keptNanos += periodNanos;
    keptDeliveries++;
    trying =
        keptDeliveries == MOST_DELIVERIES
            || (keptDeliveries >= leastDeliveries && keptNanos >= TURN_NANOS);
  }

  private void addTried(long periodNanos) {
    triedNanos += periodNanos;
    triedDeliveries++;
    boolean hopeless = triedNanos > HOPELESS * keptNanos;
    if (hopeless || triedDeliveries == keptDeliveries) {
      double kept = (double) keptNanos / keptDeliveries;
      gains.add(kept * triedDeliveries / Math.max(1, triedNanos));
      startRound();
    }
  }

  private void startRound() {
    trying = false;
    keptNanos = 0;
    triedNanos = 0;
    keptDeliveries = 0;
    triedDeliveries = 0;
  }

  /** How many times as fast the tried setting was, once over: the lower median. */
  double gain() {
    List<Double> sorted = new ArrayList<>(gains);
    Collections.sort(sorted);
    return sorted.get((sorted.size() - 1) / 2);
  }

  /** The tried setting if it won enough rounds, else the kept one. */
  LoaderPlan winner() {
    return won() >= needed ? tried : kept;
  }
}
