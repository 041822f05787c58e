package io.smartops.control;

/** Counts deliveries that found the queue full, and learns patience from shrinks regretted. */
final class LoaderCalm {
  /** Deliveries with a full queue before something is shrunk. */
  static final int CALM_DELIVERIES = 100;

  /** The most that patience grows, as a factor. */
  static final int MOST_PATIENCE = 16;

  private int calm;
  private int patience = CALM_DELIVERIES;
  private long shrunkAt = Long.MIN_VALUE / 2;

  void count(LoaderObservation o, LoaderPlan plan, double starvedShare) {
    boolean waited = o.waitNanos() > starvedShare * o.periodNanos();
    calm = !waited && LoaderWindow.isFull(o, plan) ? calm + 1 : 0;
  }

  boolean isLong() {
    return calm >= patience;
  }

  int patience() {
    return patience;
  }

  void restart() {
    calm = 0;
  }

  void shrunk(long delivery) {
    calm = 0;
    shrunkAt = delivery;
  }

  /** The step is starved: if that follows a shrink, the next shrink waits twice as long. */
  void starved(long delivery) {
    if (delivery - shrunkAt < 2L * patience) {
      patience = Math.min(patience * 2, MOST_PATIENCE * CALM_DELIVERIES);
      shrunkAt = Long.MIN_VALUE / 2;
    }
  }
}
