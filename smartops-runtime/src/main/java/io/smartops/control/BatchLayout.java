package io.smartops.control;

/**
 * The sizes that an experiment wants for one logical batch, in their order, compared with what
 * really ran. What is left after them runs as usual.
 *
 * <p>Not thread-safe.
 */
final class BatchLayout {
  private static final int[] NONE = {};

  private int[] sizes = NONE;
  private int samples;
  private int least;
  private int ran;
  private boolean intact;

  /** The logical batch at hand runs as usual. */
  void clear() {
    start(NONE, 0, 1);
  }

  /**
   * The logical batch at hand runs in these sizes.
   *
   * @param wanted the sizes
   * @param logicalSize samples of the logical batch
   * @param leastSize the least size of a micro-batch
   */
  void start(int[] wanted, int logicalSize, int leastSize) {
    sizes = wanted;
    samples = logicalSize;
    least = leastSize;
    ran = 0;
    intact = wanted.length > 0;
  }

  /** The next size when {@code remaining} samples are left, or 0 where the layout does not say. */
  int next(int remaining) {
    int offset = samples - remaining;
    int i = 0;
    while (i < sizes.length && offset > 0) {
      offset -= sizes[i++];
    }
    if (!intact || offset != 0 || i == sizes.length) {
      return 0;
    }
    int left = remaining - sizes[i];
    return left == 0 || left >= least ? sizes[i] : 0;
  }

  /** A micro-batch ran. Returns whether it is the one that the layout says. */
  boolean ran(int size) {
    if (!intact || ran == sizes.length) {
      return false;
    }
    intact = sizes[ran++] == size;
    return intact;
  }

  /** Whether the logical batch went as the layout says, so far. */
  boolean isIntact() {
    return intact;
  }
}
