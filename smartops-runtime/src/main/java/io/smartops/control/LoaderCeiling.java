package io.smartops.control;

import java.util.OptionalLong;

/**
 * Remembers that more workers than this did not help: for a while, longer each time, and only as
 * long as builds take what they took then. It says nothing about {@link #FAR_MORE} times what was
 * tried: one worker more among many is easily lost in noise.
 */
final class LoaderCeiling {
  /** Deliveries for which a rise that did not help is not tried again; doubles each time. */
  static final int RETRY_DELIVERIES = 100;

  /** Factor in build time, either way, beyond which the lesson no longer holds. */
  static final double SAME_BUILD = 1.5;

  /** Times the workers that were tried. */
  static final int FAR_MORE = 2;

  private int workers = Integer.MAX_VALUE;
  private int tried;
  private long untilDelivery;
  private OptionalLong buildNanos = OptionalLong.empty();
  private int retryDeliveries = RETRY_DELIVERIES;

  void set(int usefulWorkers, int triedWorkers, long delivery) {
    workers = usefulWorkers;
    tried = triedWorkers;
    buildNanos = OptionalLong.empty();
    untilDelivery = delivery + retryDeliveries;
    retryDeliveries *= 2;
  }

  /** A rise helped: the next that does not is retried soon. */
  void forgetDelay() {
    retryDeliveries = RETRY_DELIVERIES;
  }

  /** Whether so many workers are known to be in vain; the first answer takes note of the builds. */
  boolean forbids(int currentWorkers, long wanted, long medianBuildNanos, long delivery) {
    if (buildNanos.isEmpty()) {
      buildNanos = OptionalLong.of(medianBuildNanos);
    }
    double change = (double) medianBuildNanos / Math.max(1, buildNanos.getAsLong());
    return currentWorkers >= workers
        && wanted < (long) FAR_MORE * tried
        && delivery < untilDelivery
        && change < SAME_BUILD
        && change > 1 / SAME_BUILD;
  }
}
