package io.smartops.loop;

/**
 * When the allocator is asked for the memory that it keeps: it drops pages, in 5 to 70 ms, which
 * the next micro-batch faults in again, in up to ten times as much.
 *
 * <p>Formula: after a release of cost c, none for {@link #REST_PER_COST}{@code · c}, so that at
 * most 5 % of the time goes into it; after one that brought nothing, twice as long as before, up to
 * {@link #LONGEST_REST_NANOS}. The cost is the time of the release and what the micro-batch after
 * it took longer than the next one, if that is of the same size.
 *
 * <p>Not thread-safe.
 */
final class Relief {
  /** Rest after a release, as a multiple of its cost. */
  static final long REST_PER_COST = 20;

  /** The rest before a release that is not urgent is so many times as long. */
  static final int LEISURE = 5;

  /** The least rest: readings are no more frequent. */
  static final long LEAST_REST_NANOS = 100_000_000;

  /** The least rest before one that is not urgent. */
  static final long LEAST_LEISURE_NANOS = LEISURE * LEAST_REST_NANOS;

  static final long LONGEST_REST_NANOS = 60_000_000_000L;

  /** Less than this part of what is held is nothing. */
  static final int NOTHING_PART = 256;

  /** What the allocator keeps counts as unchanged within one part in so many. */
  static final int SAME_PART = 4;

  private boolean released;
  private long endNanos;
  private long restNanos = LEAST_REST_NANOS;
  private long leisureNanos = LEAST_LEISURE_NANOS;
  private long keptAtLeisureBytes = Long.MAX_VALUE;
  private boolean awaiting;
  private int sizeAfter; // of the first micro-batch after a release
  private long nanosAfter; // that it took

  boolean isDue(long nowNanos) {
    return !released || nowNanos - endNanos >= restNanos;
  }

  /** Whether one that is not urgent is due: these take at most 1 % of the time. */
  boolean isDueAtLeisure(long nowNanos) {
    return !released || nowNanos - endNanos >= Math.max(LEISURE * restNanos, leisureNanos);
  }

  /**
   * One that is not urgent begins, for {@code keptBytes} that the allocator keeps. If they are
   * again about as many as the time before, steps need them, and the pause doubles.
   */
  void startAtLeisure(long keptBytes) {
    boolean needed = keptBytes > keptAtLeisureBytes - keptAtLeisureBytes / SAME_PART;
    leisureNanos = needed ? Math.min(LONGEST_REST_NANOS, 2 * leisureNanos) : LEAST_LEISURE_NANOS;
    keptAtLeisureBytes = keptBytes;
  }

  /** A release is over: {@code beforeBytes} were held before it, {@code afterBytes} are now. */
  void done(long startNanos, long nowNanos, long beforeBytes, long afterBytes) {
    long wanted = Math.max(LEAST_REST_NANOS, REST_PER_COST * (nowNanos - startNanos));
    boolean futile = beforeBytes - afterBytes < beforeBytes / NOTHING_PART;
    restNanos = Math.min(LONGEST_REST_NANOS, futile ? Math.max(wanted, 2 * restNanos) : wanted);
    endNanos = nowNanos;
    released = true;
    awaiting = true;
    sizeAfter = 0;
  }

  /** A micro-batch of {@code size} samples took {@code nanos}. */
  void ran(int size, long nanos) {
    if (awaiting && sizeAfter > 0) {
      awaiting = false;
      long faulting = Math.abs(size - sizeAfter) <= 1 ? Math.max(0, nanosAfter - nanos) : 0;
      restNanos = Math.min(LONGEST_REST_NANOS, restNanos + REST_PER_COST * faulting);
    } else if (awaiting) {
      sizeAfter = size;
      nanosAfter = nanos;
    }
  }
}
