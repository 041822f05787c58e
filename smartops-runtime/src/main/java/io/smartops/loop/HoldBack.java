package io.smartops.loop;

/**
 * Bytes that are held back from the headroom because resident memory rises by more than growth in
 * allocated bytes explains: pages in holes of the allocator's heap, compiled code, caches of the
 * engine.
 *
 * <p>Formula: {@code headroom = room − min(held, }{@link #MOST_SHARE}{@code · room)}. What a window
 * shows beyond its growth in bytes raises <i>held</i> at once. It fades by {@link #FADING} with
 * each window that needed new pages; one that runs in what the allocator keeps says nothing about a
 * larger one. Pressure on the limit is added to it. The bound keeps a plan from collapsing for what
 * may have been an accident: one that is too large by it is corrected by the next window.
 *
 * <p>Not thread-safe.
 */
final class HoldBack {
  /** What is left of it after each window that needed new pages. */
  static final double FADING = 0.97;

  /** The most of a room that is held back. */
  static final double MOST_SHARE = 0.75;

  /**
   * Held back before anything was measured, and fading with each window: what the first steps leave
   * with the process besides tensors.
   */
  static final double FIRST_BYTES = 64 << 20;

  private double firstBytes = FIRST_BYTES;
  private double shownBytes;

  /**
   * A window that began with {@code beforeBytes} resident, {@code keptBytes} of them kept by the
   * allocator in pieces that fit it, reached {@code peakBytes} while {@code grownBytes} were
   * allocated.
   */
  void window(long peakBytes, long beforeBytes, long keptBytes, long grownBytes) {
    boolean tells = grownBytes > keptBytes;
    long explained = beforeBytes + Math.max(0, grownBytes - keptBytes);
    firstBytes *= FADING;
    shownBytes =
        Math.max((double) (peakBytes - explained), tells ? FADING * shownBytes : shownBytes);
  }

  /** The plan was too large by so much. */
  void add(long pressureBytes) {
    shownBytes += (double) pressureBytes;
  }

  /** What is left of {@code roomBytes}. */
  long leave(long roomBytes) {
    return roomBytes
        - (long) Math.min(Math.max(firstBytes, shownBytes), MOST_SHARE * Math.max(0, roomBytes));
  }
}
