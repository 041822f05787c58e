package io.smartops.control;

/**
 * How a number of samples is cut into micro-batches of nearly equal size.
 *
 * <p>With a cap of c samples, n samples make {@code k = ceil(n / c)} micro-batches, whose sizes
 * differ by at most one: no tiny tail wastes a pass. Two caps with the same k are the same plan.
 *
 * <p>A micro-batch below {@link #least()} is avoided by using fewer, larger ones, which may then
 * exceed the cap. The upper limit is exceeded only where the model itself cannot do with less than
 * {@code needed}. Fewer samples than the least are one micro-batch.
 *
 * @param limits bounds that the user set
 * @param needed samples that the model needs in each micro-batch
 */
record Partition(MicroBatchLimits limits, int needed) {

  /** For a model that can do with one sample. */
  Partition(MicroBatchLimits limits) {
    this(limits, 1);
  }

  /** The least size that may be planned; a fixed size may be left downwards to survive. */
  int least() {
    return Math.max(needed, limits.isFixed() ? 1 : limits.min());
  }

  /** Number of micro-batches of {@code samples} under {@code cap}. */
  int parts(int samples, int cap) {
    int wanted = ceilDiv(samples, cap);
    int mostWithoutTail = Math.max(1, samples / least());
    int withinLimit = Math.max(Math.min(wanted, mostWithoutTail), ceilDiv(samples, limits.max()));
    return Math.min(withinLimit, Math.max(1, samples / needed));
  }

  /** Size of the largest micro-batch of {@code samples} under {@code cap}. */
  int largest(int samples, int cap) {
    return ceilDiv(samples, parts(samples, cap));
  }

  /** All micro-batches of {@code samples} under {@code cap}. */
  int[] sizes(int samples, int cap) {
    int[] sizes = new int[parts(samples, cap)];
    int remaining = samples;
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = ceilDiv(remaining, sizes.length - i);
      remaining -= sizes[i];
    }
    return sizes;
  }

  /** A size brought into the bounds. */
  int clamp(double size) {
    return (int) Math.max(least(), Math.min(limits.max(), Math.floor(size)));
  }

  private static int ceilDiv(int dividend, int divisor) {
    return (int) (((long) dividend + divisor - 1) / divisor);
  }
}
