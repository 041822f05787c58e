package io.smartops.loop;

/**
 * When the allocator is asked for the memory that it keeps: it drops pages which the next
 * micro-batches fault in again, 5 to 70 ms in all.
 *
 * <p>Formula: after a release of cost c, none for {@link #REST_PER_COST}{@code · c}, so that at
 * most 5 % of the time goes into it; after one that brought nothing, twice as long as before, up to
 * {@link #LONGEST_REST_NANOS}.
 *
 * <p>Not thread-safe.
 */
final class Relief {
  /** Rest after a release, as a multiple of its cost. */
  static final long REST_PER_COST = 20;

  /** The least rest: readings are no more frequent. */
  static final long LEAST_REST_NANOS = 100_000_000;

  static final long LONGEST_REST_NANOS = 60_000_000_000L;

  /** Less than this part of what is held is nothing. */
  static final int NOTHING_PART = 256;

  private boolean released;
  private long endNanos;
  private long restNanos = LEAST_REST_NANOS;

  boolean isDue(long nowNanos) {
    return !released || nowNanos - endNanos >= restNanos;
  }

  /** A release is over: {@code beforeBytes} were held before it, {@code afterBytes} are now. */
  void done(long startNanos, long nowNanos, long beforeBytes, long afterBytes) {
    long wanted = Math.max(LEAST_REST_NANOS, REST_PER_COST * (nowNanos - startNanos));
    boolean futile = beforeBytes - afterBytes < beforeBytes / NOTHING_PART;
    restNanos = Math.min(LONGEST_REST_NANOS, futile ? Math.max(wanted, 2 * restNanos) : wanted);
    endNanos = nowNanos;
    released = true;
  }
}
