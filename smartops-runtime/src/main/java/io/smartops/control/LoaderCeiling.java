package io.smartops.control;

/**
 * Remembers that more workers than this did not help: for a while, longer each time, and only as
 * long as builds take what they took then.
 */
final class LoaderCeiling {
  /** Deliveries for which a rise that did not help is not tried again; doubles each time. */
  static final int RETRY_DELIVERIES = 64;

  /** Factor in build time, either way, beyond which the lesson no longer holds. */
  static final double SAME_BUILD = 1.5;

  private int workers = Integer.MAX_VALUE;
  private long untilDelivery;
  private double buildNanos;
  private int retryDeliveries = RETRY_DELIVERIES;

  void set(int usefulWorkers, long medianBuildNanos, long delivery) {
    workers = usefulWorkers;
    buildNanos = medianBuildNanos;
    untilDelivery = delivery + retryDeliveries;
    retryDeliveries *= 2;
  }

  /** A rise helped: the next that does not is retried soon. */
  void forgetDelay() {
    retryDeliveries = RETRY_DELIVERIES;
  }

  boolean forbidsMoreThan(int currentWorkers, long medianBuildNanos, long delivery) {
    double change = medianBuildNanos / Math.max(1, buildNanos);
    return currentWorkers >= workers
        && delivery < untilDelivery
        && change < SAME_BUILD
        && change > 1 / SAME_BUILD;
  }
}
