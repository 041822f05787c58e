package io.smartops.control;

import java.util.Optional;

/** Says when two settings are worth comparing, and which: four times rarer each time. */
final class LoaderTrials {
  /** Deliveries from one comparison to the next; grows with each. */
  static final int RETRIAL_DELIVERIES = 1_024;

  /** That growth. */
  static final int BACK_OFF = 4;

  /** Rounds of a comparison, and least deliveries of a turn. */
  static final int ROUNDS = 3;

  static final int DELIVERIES = 4;

  /** Rounds that decide where batches are built; fewer libtorch threads must win all. */
  static final int MOST_ROUNDS = 2;

  /** Least gain that is above the noise. */
  static final double LEAST_GAIN = 1.05;

  /** Deliveries of a turn where builds want cores: more, as batches lie ahead. */
  static final int CORES_DELIVERIES = 8;

  /** Deliveries from one such comparison to the next, if it brought nothing; grows with each. */
  static final int CORES_RETRIAL_DELIVERIES = 128;

  /** A gain below this is no accident: the next comparison is as far off as one of places. */
  static final double CLEAR_LOSS = 0.9;

  /** Least gain that makes it worth rounding sums in another order. */
  static final double CORES_GAIN = 1.08;

  private final Schedule places = new Schedule(RETRIAL_DELIVERIES);
  private final Schedule cores = new Schedule(CORES_RETRIAL_DELIVERIES);

  /** When a comparison is due; each makes the next rarer. */
  private static final class Schedule {
    private long nextAt;
    private long waitDeliveries;

    Schedule(long waitDeliveries) {
      this.waitDeliveries = waitDeliveries;
    }

    boolean isDue(long delivery) {
      return delivery >= nextAt;
    }

    void compared(long delivery) {
      compared(delivery, 0);
    }

    void compared(long delivery, long leastWaitDeliveries) {
      waitDeliveries = Math.max(waitDeliveries, leastWaitDeliveries);
      nextAt = delivery + waitDeliveries;
      waitDeliveries *= BACK_OFF;
    }
  }

  /** A comparison of where batches are built, if one is due. */
  Optional<LoaderTrial> ofPlaces(LoaderPlan kept, LoaderPlan tried, long delivery) {
    return ofPlaces(kept, tried, delivery, DELIVERIES, LEAST_GAIN);
  }

  /**
   * The same where builds are long: they are hidden behind the step unless that proves slower, and
   * the difference is small, so turns are longer.
   */
  Optional<LoaderTrial> ofCrowdedHome(LoaderPlan kept, LoaderPlan ahead, long delivery) {
    return ofPlaces(kept, ahead, delivery, CORES_DELIVERIES, 1);
  }

  private Optional<LoaderTrial> ofPlaces(
      LoaderPlan kept, LoaderPlan tried, long delivery, int leastDeliveries, double leastGain) {
    if (!places.isDue(delivery) || kept.equals(tried)) {
      return Optional.empty();
    }
    return Optional.of(
        new LoaderTrial(kept, tried, ROUNDS, MOST_ROUNDS, leastDeliveries, leastGain));
  }

  /** Whether a comparison of libtorch's threads is due: one may have fallen into others' noise. */
  boolean mayCompareCores(long delivery) {
    return cores.isDue(delivery);
  }

  /** A comparison of libtorch's threads on the training thread. */
  Optional<LoaderTrial> ofCores(LoaderPlan kept) {
    LoaderPlan fewer = kept.withLibtorchThreads(kept.libtorchThreads() - 1);
    return Optional.of(new LoaderTrial(kept, fewer, ROUNDS, ROUNDS, CORES_DELIVERIES, CORES_GAIN));
  }

  /** A comparison is over: the next of its kind is rarer. */
  void compared(LoaderTrial over, long delivery) {
    if (over.comparesPlaces()) {
      places.compared(delivery);
    } else {
      cores.compared(delivery, over.gain() < CLEAR_LOSS ? RETRIAL_DELIVERIES : 0);
    }
  }
}
