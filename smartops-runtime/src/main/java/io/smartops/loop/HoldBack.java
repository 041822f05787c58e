package io.smartops.loop;

/**
 * Bytes that are held back from the headroom because resident memory rises by more than growth in
 * allocated bytes explains: pages in holes of the allocator's heap, compiled code, caches of the
 * engine.
 *
 * <p>Formula: {@code headroom = room − min(held, }{@link #MOST_SHARE}{@code · room)}. A window that
 * took n new pages (in bytes) while g bytes were allocated, of k that the allocator kept, shows
 * {@code n − max(0, g − k)} that growth does not explain. At least {@code n − g} of that is beyond
 * all growth; the rest is what was kept in pieces that did not fit, and never more than the
 * allocator keeps at present: {@code held = max(beyond, min(shown, beyond + kept))}. Both count at
 * once. What is shown fades by {@link #FADING} with each window, what is beyond growth only with
 * those that needed new pages: one that runs in what the allocator keeps says nothing of what a
 * larger one needs besides. Pressure on the limit is added to what is shown. The bound keeps a plan
 * from collapsing for what may have been an accident: one that is too large by it is corrected by
 * the next window.
 *
 * <p>Not thread-safe.
 */
final class HoldBack {
  /** What is left of it after each window. */
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
  private double beyondBytes;

  /**
   * A window took {@code newBytes} of new pages while {@code grownBytes} were allocated; it began
   * with {@code keptBytes} kept by the allocator that were believed to fit it.
   */
  void window(long newBytes, long keptBytes, long grownBytes) {
    double fading = grownBytes > keptBytes ? FADING : 1;
    long shown = newBytes - Math.max(0, grownBytes - keptBytes);
    firstBytes *= FADING;
    shownBytes = Math.max((double) shown, FADING * shownBytes);
    beyondBytes = Math.max((double) (newBytes - grownBytes), fading * beyondBytes);
  }

  /** The plan was too large by so much. */
  void add(long pressureBytes) {
    shownBytes += (double) pressureBytes;
  }

  /** What is left of {@code roomBytes}, {@code keptBytes} of which the allocator keeps. */
  long leave(long roomBytes, long keptBytes) {
    double shown = Math.max(beyondBytes, Math.min(shownBytes, beyondBytes + (double) keptBytes));
    return roomBytes
        - (long) Math.min(Math.max(firstBytes, shown), MOST_SHARE * Math.max(0, roomBytes));
  }
}
