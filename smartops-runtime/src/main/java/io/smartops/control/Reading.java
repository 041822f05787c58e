package io.smartops.control;

/**
 * What is held to be true about one size: a micro-batch of {@code size} samples raises allocated
 * memory by {@code bytes}, at the upper edge of what was read lately.
 */
record Reading(int size, double bytes) {

  /** Sizes in the same bucket (a quarter of an octave, 19 %) are one reading. */
  private static final int BUCKETS_PER_OCTAVE = 4;

  boolean sharesBucketWith(int otherSize) {
    return bucket(size) == bucket(otherSize);
  }

  private static int bucket(int size) {
    return (int) Math.floor(BUCKETS_PER_OCTAVE * Math.log(size) / Math.log(2));
  }
}
