package io.smartops.loop;

/**
 * How many new pages a micro-batch needs that runs in what the allocator keeps of the ones before.
 * Without it each would be counted as new in full, and what is kept would be given back before each
 * and faulted in again, which took two thirds of a step of ResNet-20.
 *
 * <p>Formula: of {@code b} bytes, with {@code k} kept, {@code min(b, max(0, b − k) + s + b/}{@link
 * #MARGIN_PART}{@code )}. What such micro-batches were seen to need, {@code s}, is taken at once
 * and fades by {@link #FADING} with each that needs less: the pieces that are kept do not always
 * fit.
 *
 * <p>Not thread-safe.
 */
final class NewPages {
  static final double FADING = 0.94;

  /** One part in so many is expected on top, since the next may find other pieces. */
  static final int MARGIN_PART = 4;

  private double shownBytes;

  /**
   * A micro-batch needed so many bytes of new pages; {@code fits} is whether it ran in what is
   * kept.
   */
  void window(long grownBytes, boolean fits) {
    shownBytes = Math.max(fits ? (double) grownBytes : 0, FADING * shownBytes);
  }

  /** The most that is expected of {@code bytes}, with {@code keptBytes} kept by the allocator. */
  long most(long bytes, long keptBytes) {
    double expected = Math.max(0, bytes - keptBytes) + shownBytes + (double) bytes / MARGIN_PART;
    return (long) Math.min((double) bytes, expected);
  }
}
