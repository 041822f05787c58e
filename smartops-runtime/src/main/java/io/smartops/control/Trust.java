package io.smartops.control;

import java.util.OptionalLong;

/**
 * What is made of readings that are missing and of failures that nothing explains.
 *
 * <p>A missing headroom is taken to be the latest one for {@link #BLIND_READINGS} readings: a
 * driver that is busy for a moment does not mean that memory cannot be read. A failure of a size
 * that went through before, and that the law says takes no more than {@link #SURE_SHARE} of the
 * headroom, or no more than all of it where that is steady (see {@link Steadiness}), is held to be
 * an accident (another process wanted memory for an instant) and the work is simply repeated. The
 * next one within {@link #ACCIDENT_BATCHES} logical batches is believed; that span doubles with
 * each accident, unless they are {@link #RARE_BATCHES} apart.
 *
 * <p>Not thread-safe.
 */
final class Trust {

  /** Readings in a row that may be missing before memory counts as unreadable. */
  static final int BLIND_READINGS = 32;

  /** A size that is predicted to take more of the headroom may well have failed for good reason. */
  static final double SURE_SHARE = 0.9;

  /** Logical batches after an accident in which no other is believed to be one. */
  static final int ACCIDENT_BATCHES = 20;

  /** Accidents that are so far apart do no harm. */
  static final int RARE_BATCHES = 500;

  private OptionalLong latest = OptionalLong.empty();
  private int missing;
  private long batch;
  private long accidentAt = Long.MIN_VALUE / 2;
  private int suspicious = ACCIDENT_BATCHES;
  private int largestPassed;

  void newBatch() {
    batch++;
  }

  OptionalLong headroom(OptionalLong reading) {
    missing = reading.isPresent() ? 0 : missing + 1;
    latest = reading.isPresent() || missing > BLIND_READINGS ? reading : latest;
    return latest;
  }

  void passed(int size) {
    largestPassed = Math.max(largestPassed, size);
  }

  /** Whether a failure is held to be an accident; if not, nothing is known to pass any more. */
  boolean isAccident(
      int size, OptionalLong predicted, OptionalLong headroom, boolean headroomIsSteady) {
    double share = headroomIsSteady ? 1 : SURE_SHARE;
    boolean surprising =
        predicted.isPresent()
            && headroom.isPresent()
            && predicted.getAsLong() <= share * headroom.getAsLong();
    long quiet = batch - accidentAt;
    boolean accident = surprising && size <= largestPassed && quiet > suspicious;
    suspicious = accident && quiet < RARE_BATCHES ? 2 * suspicious : ACCIDENT_BATCHES;
    accidentAt = batch;
    largestPassed = accident ? largestPassed : 0;
    return accident;
  }
}
