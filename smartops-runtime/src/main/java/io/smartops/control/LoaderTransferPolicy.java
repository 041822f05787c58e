package io.smartops.control;

/**
 * Chooses between sending an array as it is and sending it narrower and widening it on the device,
 * by what each took.
 *
 * <p>Both are tried in turn, three times each; the narrow way is taken if it is faster by more than
 * the noise. An array that turns out not to fit the narrow type without loss ends the matter.
 *
 * <p>Pure: the same figures give the same choice. Not thread-safe.
 */
public final class LoaderTransferPolicy {
  /** Times that each way is measured. */
  static final int TRIALS = 3;

  /** The narrow way must take less than this share of the time. */
  static final double WORTHWHILE_SHARE = 0.95;

  private final double[] nanosPerByte = new double[2];
  private final int[] measured = new int[2];
  private boolean refused;

  /** Whether the next array should be sent narrow. */
  public boolean narrowNext() {
    if (refused) {
      return false;
    }
    return isDecided() ? prefersNarrow() : measured[1] < measured[0];
  }

  /** Whether both ways have been measured, or the narrow one is impossible. */
  public boolean isDecided() {
    return refused || Math.min(measured[0], measured[1]) >= TRIALS;
  }

  /** Whether the narrow way was found faster. */
  public boolean prefersNarrow() {
    return !refused && isDecided() && meanNarrow() < WORTHWHILE_SHARE * meanFull();
  }

  /**
   * Takes the time of one transfer, checks and conversions included.
   *
   * @param narrow which way it went
   * @param bytes the array's bytes in its own type
   * @param nanos what it took
   */
  public void measured(boolean narrow, long bytes, long nanos) {
    int way = narrow ? 1 : 0;
    if (measured[way] < TRIALS) {
      nanosPerByte[way] += (double) nanos / Math.max(1, bytes);
      measured[way]++;
    }
  }

  /** An array did not fit the narrow type without loss. */
  public void refuseNarrow() {
    refused = true;
  }

  /** Mean time of the full way, in nanoseconds a byte. */
  public double meanFull() {
    return nanosPerByte[0] / Math.max(1, measured[0]);
  }

  /** Mean time of the narrow way, in nanoseconds a byte of the full type. */
  public double meanNarrow() {
    return nanosPerByte[1] / Math.max(1, measured[1]);
  }
}
