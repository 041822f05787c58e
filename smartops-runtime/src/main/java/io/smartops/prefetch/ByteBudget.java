package io.smartops.prefetch;

/** Counts bytes against a cap. Guarded by the engine's lock. */
final class ByteBudget {
  /**
   * Share of an old peak that is kept when a build needed less: the expectation forgets an
   * exceptional item within about a hundred builds.
   */
  private static final double EXPECTATION_DECAY = 0.98;

  final long capBytes;
  private long usedBytes;
  private long peakBytes;
  private long expectedBytes;

  ByteBudget(long capBytes) {
    this.capBytes = capBytes;
  }

  boolean fits(long moreBytes) {
    return usedBytes + moreBytes <= capBytes;
  }

  /** What the next build will probably need; 0 before the first has ended. */
  long expectedBytes() {
    return Math.min(expectedBytes, capBytes);
  }

  void learn(long buildPeakBytes) {
    expectedBytes = Math.max(buildPeakBytes, (long) (expectedBytes * EXPECTATION_DECAY));
  }

  long freeBytes() {
    return Math.max(0, capBytes - usedBytes);
  }

  long usedBytes() {
    return usedBytes;
  }

  long peakBytes() {
    return peakBytes;
  }

  /** Accounts {@code totalBytes} to the ticket instead of what it held. */
  void account(Ticket<?> ticket, long totalBytes) {
    usedBytes += totalBytes - ticket.heldBytes;
    ticket.heldBytes = totalBytes;
    ticket.peakBytes = Math.max(ticket.peakBytes, totalBytes);
    peakBytes = Math.max(peakBytes, usedBytes);
  }
}
