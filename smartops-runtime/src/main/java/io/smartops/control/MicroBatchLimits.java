package io.smartops.control;

/**
 * Bounds of a micro-batch, in samples, both included.
 *
 * @param min the least
 * @param max the most
 */
public record MicroBatchLimits(int min, int max) {

  /** No bound but that a micro-batch has a sample. */
  public static final MicroBatchLimits ANY = new MicroBatchLimits(1, Integer.MAX_VALUE);

  public MicroBatchLimits {
    if (min < 1 || max < min) {
      throw new IllegalArgumentException(
          "a micro-batch range needs 1 <= min <= max, but is %d to %d".formatted(min, max));
    }
  }

  /** Whether there is nothing to choose. */
  public boolean isFixed() {
    return min == max;
  }
}
