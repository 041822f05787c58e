package io.smartops.control;

/**
 * The first logical batch under a known headroom: growing micro-batches, so that the memory law is
 * learnt without an out-of-memory error and without a wasted sample.
 *
 * <p>Formula: the first micro-batch has {@code 1/}{@link #FIRST_SHARE} of the logical batch, each
 * further one up to {@link #STEP} times the largest that passed, as far as the law learnt so far
 * allows. It is over once a micro-batch of {@code 1/}{@link #LAST_SHARE} passed, or the law says
 * that the next step would not fit; then the predicted size is taken at once.
 *
 * <p>Regimes: where growth cannot be read the steps go on to the whole logical batch or the first
 * failure. Otherwise a failure starts again, at the very first step from the least size.
 *
 * <p>Source: TCP slow start (RFC 5681), with the jump that a model of the link allows. Not
 * thread-safe.
 */
final class SlowStart {

  /** The first micro-batch is this part of the logical batch. */
  static final int FIRST_SHARE = 32;

  /** The last micro-batch before the jump is at least this part of the logical batch. */
  static final int LAST_SHARE = 8;

  /** Factor from one micro-batch to the next. */
  static final int STEP = 2;

  private boolean running;
  private int passed;

  /** Starts. Returns the size of the first micro-batch. */
  int start(int logicalSize) {
    running = true;
    passed = 0;
    return (logicalSize + FIRST_SHARE - 1) / FIRST_SHARE;
  }

  boolean isRunning() {
    return running;
  }

  /** A micro-batch went through. */
  void passed(int size) {
    passed = Math.max(passed, size);
  }

  /** Whether nothing went through since the start. */
  boolean isUntried() {
    return running && passed == 0;
  }

  /**
   * A micro-batch failed: it starts again, unless growth cannot be read, since then there is
   * nothing to be learnt from further steps.
   */
  void failed(boolean growthIsRead) {
    running &= growthIsRead || passed == 0;
    passed = 0;
  }

  /** Size of the next step, as far as {@code allowed} goes. */
  double next(double allowed) {
    return Math.min(allowed, STEP * (double) Math.max(1, passed));
  }

  /** Whether enough is learnt; from then on it no longer runs. */
  boolean isOver(int logicalSize, MemoryLaw law, double allowed) {
    boolean far = passed >= (law.isWarm() ? logicalSize / LAST_SHARE : logicalSize);
    boolean atTheLimit = law.isWarm() && allowed < STEP * (double) passed;
    running = !(far || atTheLimit);
    return !running;
  }
}
