package io.smartops.control;

/**
 * When a larger plan is taken: after it was possible in several logical batches in a row.
 *
 * <p>Regimes: {@link #FIRST_BATCHES} as a rule; twice as many each time that a growth was undone
 * within {@link #REST_STEPS} steps, up to {@link #MOST_BATCHES}; back to the rule after a shrinking
 * that had another cause. A plan that could be {@link #URGENT_FACTOR} times as large does not wait:
 * it makes steps crawl. The factor rises with the batches that a growth is made to wait. Not
 * thread-safe.
 */
final class Patience {

  /** Share of the headroom that a larger plan must leave free: readings wander by some 5 %. */
  static final double GROWTH_MARGIN = 0.10;

  /** The same where readings have not wandered (see {@link Steadiness}). */
  static final double STEADY_GROWTH_MARGIN = 0.01;

  /** Logical batches in a row in which a growth must be possible. */
  static final int FIRST_BATCHES = 3;

  /** The most logical batches that a growth is made to wait. */
  static final int MOST_BATCHES = 192;

  /** A growth that is undone within so many steps was a mistake. */
  static final int REST_STEPS = 100;

  /** A plan that is smaller than need be by this factor costs more than a mistake. */
  static final int URGENT_FACTOR = 8;

  private int needed = FIRST_BATCHES;
  private int possible;
  private long undoneBefore = Long.MIN_VALUE;

  /** A growth is possible in this logical batch. Returns whether it is time to take it. */
  boolean isOver() {
    return ++possible >= needed;
  }

  /** Whether a growth from {@code cap} to {@code target} must not wait. */
  boolean isUrgent(int cap, int target) {
    return target >= (long) (needed / FIRST_BATCHES) * URGENT_FACTOR * cap;
  }

  /** No growth is possible. */
  void restart() {
    possible = 0;
  }

  void grown(long step) {
    possible = 0;
    undoneBefore = step + REST_STEPS;
  }

  void shrunk(long step) {
    possible = 0;
    needed = step < undoneBefore ? Math.min(2 * needed, MOST_BATCHES) : FIRST_BATCHES;
  }
}
