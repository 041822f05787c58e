package io.smartops.control;

import java.util.Arrays;

/**
 * Two sizes, compared pair by pair. Where a logical batch has room for {@link #LEAST_RUN}
 * micro-batches of each, its one half runs in the one size and its other half in the other, in
 * turns; the first micro-batch after a change of size is left out, since the allocator's blocks and
 * the caches are still those of the other. Where it has not, logical batches run in the one or the
 * other, as ABBA.
 *
 * <p>Not thread-safe.
 */
final class SizeTrial implements SizeExperiment {

  /** Micro-batches of each size, at least, for a comparison within one logical batch. */
  static final int LEAST_RUN = 2;

  private final int present;
  private final int candidate;
  private final int[] presentLayout;
  private final int[] candidateLayout;
  private final boolean withinBatch;
  private final PairedTrial pairs;
  private int batch;
  private int latestSize;
  private double presentNanos;
  private double candidateNanos;
  private int presentSamples;
  private int candidateSamples;

  /**
   * @param partition cuts a logical batch
   * @param logicalSize samples of each logical batch of the trial
   * @param present the size in force
   * @param candidate the size that may replace it
   * @param leastGain what the candidate must gain, see {@link PairedTrial}
   */
  SizeTrial(Partition partition, int logicalSize, int present, int candidate, double leastGain) {
    this.present = present;
    this.candidate = candidate;
    pairs = new PairedTrial(leastGain);
    int half = logicalSize / 2;
    withinBatch = half / Math.max(present, candidate) >= LEAST_RUN;
    presentLayout =
        withinBatch ? repeat(present, half / present) : partition.sizes(logicalSize, present);
    candidateLayout =
        withinBatch ? repeat(candidate, half / candidate) : partition.sizes(logicalSize, candidate);
  }

  int present() {
    return present;
  }

  int candidate() {
    return candidate;
  }

  PairedTrial pairs() {
    return pairs;
  }

  @Override
  public int[] layout() {
    latestSize = 0;
    if (withinBatch) {
      return batch % 2 == 0
          ? join(presentLayout, candidateLayout)
          : join(candidateLayout, presentLayout);
    }
    return isCandidateBatch() ? candidateLayout : presentLayout;
  }

  private boolean isCandidateBatch() {
    return batch % 4 == 1 || batch % 4 == 2; // ABBA
  }

  @Override
  public void add(int size, long nanos) {
    boolean counts = withinBatch && size == latestSize;
    latestSize = size;
    if (counts) {
      add(size == candidate, (double) nanos, size);
    }
  }

  @Override
  public void batchDone(long batchNanos) {
    if (!withinBatch) {
      add(isCandidateBatch(), (double) batchNanos, 1);
    }
    batch++;
    if (withinBatch || batch % 2 == 0) {
      endPair();
    }
  }

  private void add(boolean toCandidate, double nanos, int samples) {
    if (toCandidate) {
      candidateNanos += nanos;
      candidateSamples += samples;
    } else {
      presentNanos += nanos;
      presentSamples += samples;
    }
  }

  private void endPair() {
    pairs.add(
        Math.max(1, presentNanos) / Math.max(1, presentSamples),
        Math.max(1, candidateNanos) / Math.max(1, candidateSamples));
    presentNanos = 0;
    candidateNanos = 0;
    presentSamples = 0;
    candidateSamples = 0;
  }

  @Override
  public boolean isOver() {
    return pairs.verdict() != PairedTrial.Verdict.OPEN;
  }

  boolean isWon() {
    return pairs.verdict() == PairedTrial.Verdict.WON;
  }

  private static int[] repeat(int size, int times) {
    int[] sizes = new int[times];
    Arrays.fill(sizes, size);
    return sizes;
  }

  private static int[] join(int[] first, int[] second) {
    int[] joined = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, joined, first.length, second.length);
    return joined;
  }
}
