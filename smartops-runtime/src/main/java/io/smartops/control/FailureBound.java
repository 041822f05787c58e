package io.smartops.control;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What out-of-memory errors teach where the memory law does not: a size that failed is stayed clear
 * of, and tried again only after a wait that doubles with every failure.
 *
 * <p>Regimes: where memory is <em>measured</em>, the plan stays below {@link #KEPT_SHARE} of the
 * failed size, in proportion to the headroom, until the wait is over; then the law decides alone.
 * Where it is <em>not measured</em>, each wait ends with one probe: the geometric mean of the
 * present cap and the failed size, or the failed size itself once the two are close.
 *
 * <p>So after the first errors there is at most one more per doubling of the wait.
 *
 * <p>Source: exponential back-off; the geometric search is that of TCP's congestion window between
 * a good and a bad value. Not thread-safe.
 */
final class FailureBound {

  /** Share of a failed size that is used again while its failure is remembered. */
  static final double KEPT_SHARE = 0.75;

  /** Logical batches without failure before a failed size is tried again. */
  static final int FIRST_WAIT = 100;

  /** The wait does not double beyond this. */
  static final int LONGEST_WAIT = 1 << 20;

  /** A cap closer than this factor to the failed size is as good as it: probe the size itself. */
  static final double CLOSE = 1.125;

  /** Where readings advise against a larger size but cannot be sure, so many waits pass first. */
  static final int LONG_AGO = 5;

  private int failed;
  private OptionalLong failedHeadroom = OptionalLong.empty();
  private int largestPassed;
  private int wait = FIRST_WAIT;
  private int clean;
  private boolean retested;

  /** A logical batch starts. */
  void newBatch(boolean measured) {
    clean = Math.min(clean + 1, LONGEST_WAIT);
    if (measured && failed > 0 && clean >= wait) {
      failed = 0;
      retested = true;
    }
  }

  /** A micro-batch went through. */
  void passed(int size) {
    largestPassed = Math.max(largestPassed, size);
    if (size >= failed) {
      failed = 0;
    }
  }

  /** A micro-batch failed. Returns a size to fall back to, below {@code size} unless that is 1. */
  int failed(int size, OptionalLong headroomBytes) {
    if (retested) {
      wait = Math.min(2 * wait, LONGEST_WAIT);
      retested = false;
    }
    clean = 0;
    failed = size;
    failedHeadroom = headroomBytes;
    if (largestPassed >= size) {
      largestPassed = 0;
    }
    return Math.max(1, Math.max(size / 2, largestPassed));
  }

  /** The most samples that the remembered failure allows under a measured headroom. */
  double limit(OptionalLong headroomBytes) {
    if (failed == 0 || headroomBytes.isEmpty() || failedHeadroom.isEmpty()) {
      return Double.POSITIVE_INFINITY;
    }
    double then = Math.max(1, failedHeadroom.getAsLong());
    return KEPT_SHARE * failed * headroomBytes.getAsLong() / then;
  }

  /** Whether the last failure is so long ago that even a doubtful size may be tried. */
  boolean isLongAgo() {
    return clean >= (long) LONG_AGO * wait;
  }

  /** Logical batches that a failed size is stayed clear of at present. */
  int waitBatches() {
    return wait;
  }

  /** A larger cap to try now, if the wait is over; taking it starts the next wait. */
  OptionalInt probe(int logicalSize, int cap, Partition partition) {
    if (clean < wait || partition.parts(logicalSize, cap) == 1) {
      return OptionalInt.empty();
    }
    int target = partition.clamp(target(logicalSize, cap, partition));
    if (partition.parts(logicalSize, target) >= partition.parts(logicalSize, cap)) {
      return OptionalInt.empty();
    }
    clean = 0;
    retested = true;
    return OptionalInt.of(target);
  }

  private double target(int logicalSize, int cap, Partition partition) {
    if (failed <= cap) {
      return 2.0 * cap;
    }
    double middle = Math.sqrt((double) cap * failed);
    boolean samePlan =
        partition.parts(logicalSize, partition.clamp(middle)) >= partition.parts(logicalSize, cap);
    return samePlan || middle < CLOSE * cap ? failed : middle;
  }
}
