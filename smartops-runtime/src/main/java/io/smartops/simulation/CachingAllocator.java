package io.smartops.simulation;

/**
 * Memory as frameworks manage it: blocks that were freed are kept for the next request, one that is
 * larger than all before can use only a part of them, and when the device has no more to give, what
 * is kept is given back and the request tried again.
 *
 * <p>Not thread-safe.
 */
final class CachingAllocator {

  /** Requests are rounded up to this. */
  static final double BLOCK_BYTES = 2 << 20;

  private final double allocatedBytes;
  private final double fragmentation;
  private double reservedBytes;
  private double largestBytes;

  /**
   * @param allocatedBytes what is in use all the time
   * @param fragmentation share of the kept blocks that a larger request cannot use
   */
  CachingAllocator(double allocatedBytes, double fragmentation) {
    this.allocatedBytes = allocatedBytes;
    this.fragmentation = fragmentation;
    reservedBytes = allocatedBytes;
  }

  /** What has become of a request. */
  enum Outcome {
    /** Served. */
    SERVED,
    /** Served after what was kept had been given back, which takes time. */
    SERVED_AFTER_FLUSH,
    /** There is not so much. */
    OUT_OF_MEMORY
  }

  /**
   * Takes {@code bytes} for a moment.
   *
   * @param bytes what is needed at the peak
   * @param deviceBytes the most that this process may have at present
   */
  Outcome use(double bytes, double deviceBytes) {
    double needed = Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
    double usable = keptBytes() * (needed <= largestBytes ? 1 : 1 - fragmentation);
    double reserving = reservedBytes + Math.max(0, needed - usable);
    largestBytes = Math.max(largestBytes, needed);
    if (reserving <= deviceBytes) {
      reservedBytes = reserving;
      return Outcome.SERVED;
    }
    reservedBytes = allocatedBytes;
    largestBytes = needed;
    if (allocatedBytes + needed > deviceBytes) {
      return Outcome.OUT_OF_MEMORY;
    }
    reservedBytes += needed;
    return Outcome.SERVED_AFTER_FLUSH;
  }

  /** What the process holds. */
  double reservedBytes() {
    return reservedBytes;
  }

  /** What it holds without using it. */
  double keptBytes() {
    return reservedBytes - allocatedBytes;
  }
}
