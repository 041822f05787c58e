package io.smartops.control;

import java.util.OptionalLong;

/**
 * Whether the memory that is free is the same from one logical batch to the next, so that a plan
 * may come close to it.
 *
 * <p>Formula: the latest {@link #READINGS} readings differ by at most {@link #MOST_SPREAD} of the
 * greatest. A neighbour that comes or goes, a heap that grows, a reading that is missing: each
 * makes it wait for as many readings. Not thread-safe.
 */
final class Steadiness {

  /** Readings that must be alike. */
  static final int READINGS = 16;

  /** Relative difference of readings that are alike. */
  static final double MOST_SPREAD = 0.01;

  private final long[] latest = new long[READINGS];
  private int count;

  /** What was read before a logical batch. */
  void add(OptionalLong headroomBytes) {
    if (headroomBytes.isEmpty()) {
      count = 0;
    } else {
      latest[count % READINGS] = headroomBytes.getAsLong();
      count = count + 1 < 2 * READINGS ? count + 1 : READINGS;
    }
  }

  boolean isSteady() {
    return count >= READINGS && spread() <= MOST_SPREAD;
  }

  private double spread() {
    long least = Long.MAX_VALUE;
    long most = 1;
    for (long bytes : latest) {
      least = Math.min(least, bytes);
      most = Math.max(most, bytes);
    }
    return (double) (most - least) / most;
  }

  /** One that goes on from here by itself. */
  Steadiness copy() {
    Steadiness copy = new Steadiness();
    System.arraycopy(latest, 0, copy.latest, 0, READINGS);
    copy.count = count;
    return copy;
  }
}
