package io.smartops.control;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/**
 * A first look at the whole range: each logical batch runs through micro-batches of several sizes,
 * a factor of two apart, falling and rising in turn, so that a drift within the batch or between
 * batches favours none.
 *
 * <p>Formula: a size's score is the median, over the batches, of {@code ln(time per sample)} minus
 * the batch's own mean of it. The largest size whose score is within {@link #ALIKE} of the best
 * wins. The first batch is left out: a size's first use pays for what is made once. A size that
 * takes {@link #HOPELESS} times as long as the best of a batch, the first one apart, is left out of
 * the rest.
 *
 * <p>Not thread-safe.
 */
final class SizeSweep implements SizeExperiment {

  /** Logical batches that a sweep takes. */
  static final int BATCHES = 4;

  /** Sizes that are tried, at most. */
  static final int MOST_SIZES = 6;

  /** The least size that is tried. */
  static final int LEAST_SIZE = 2;

  /** Scores this close are alike, and the larger size is taken. */
  static final double ALIKE = 0.01;

  /** Times the best time per sample: no noise makes up for that. */
  static final double HOPELESS = 1.5;

  private int[] sizes;
  private final double[][] scores;
  private final double[] nanos;
  private final long[] samples;
  private int batch;

  /**
   * @param largest the largest size to try
   * @param least the least size to try
   */
  SizeSweep(int largest, int least) {
    int[] found = new int[MOST_SIZES];
    int count = 0;
    for (int size = largest; count < MOST_SIZES && size >= Math.max(least, LEAST_SIZE); size /= 2) {
      found[count++] = size;
    }
    sizes = Arrays.copyOf(found, count);
    scores = new double[count][BATCHES - 1];
    nanos = new double[count];
    samples = new long[count];
  }

  /** Whether there is anything to compare. */
  boolean isWorthwhile() {
    return sizes.length > 1;
  }

  @Override
  public int[] layout() {
    int[] layout = sizes.clone();
    for (int i = 0; batch % 2 == 1 && i < layout.length; i++) {
      layout[i] = sizes[sizes.length - 1 - i];
    }
    return layout;
  }

  @Override
  public void add(int size, long spentNanos) {
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] == size) {
        nanos[i] += spentNanos;
        samples[i] += size;
      }
    }
  }

  /** The batch at hand counts if every size was run. */
  @Override
  public void batchDone(long batchNanos) {
    if (Arrays.stream(samples).limit(sizes.length).allMatch(n -> n > 0)) {
      if (batch > 0) {
        score();
      }
      batch++;
    }
    Arrays.fill(nanos, 0);
    Arrays.fill(samples, 0);
  }

  private void score() {
    double[] logs = new double[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      logs[i] = Math.log(Math.max(1, nanos[i]) / samples[i]);
    }
    double mean = Arrays.stream(logs).average().orElse(0);
    for (int i = 0; i < sizes.length; i++) {
      scores[i][batch - 1] = logs[i] - mean;
    }
    leaveOutHopeless();
  }

  private void leaveOutHopeless() {
    double least = least(scores -> scores[batch - 1]);
    int kept = 0;
    for (int i = 0; i < sizes.length; i++) {
      if (scores[i][batch - 1] <= least + Math.log(HOPELESS)) {
        sizes[kept] = sizes[i];
        scores[kept++] = scores[i];
      }
    }
    sizes = Arrays.copyOf(sizes, kept);
  }

  private double least(ToDoubleFunction<double[]> figure) {
    return Arrays.stream(scores).limit(sizes.length).mapToDouble(figure).min().orElseThrow();
  }

  @Override
  public boolean isOver() {
    return batch == BATCHES;
  }

  /** The best size, once the sweep is over. */
  int best() {
    double least = least(SizeSweep::median);
    for (int i = 0; i < sizes.length; i++) {
      if (median(scores[i]) <= least + ALIKE) {
        return sizes[i];
      }
    }
    throw new AssertionError("the least score is within any distance of itself");
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
