package io.smartops.control;

import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * One search for the fastest micro-batch of one logical size: a sweep if asked for, then trials of
 * neighbours, upwards first and, unless that led somewhere, downwards.
 *
 * <p>Not thread-safe.
 */
final class SizeSearch {

  /** Gain for which one split is left for another. */
  static final double LEAST_GAIN = 0.015;

  /** Gain for which a batch that fits is split. */
  static final double SPLIT_GAIN = 0.03;

  /** A split that is not at least this much faster than the whole batch is given up. */
  static final double KEPT_SPLIT_GAIN = 0.005;

  /** Factor between neighbouring sizes: the optimum is flat, so finer steps are lost in noise. */
  static final double NEIGHBOUR = 1.4;

  private enum Stage {
    SWEEP,
    BEST_OF_SWEEP,
    LARGER,
    SMALLER,
    OVER
  }

  private final Partition partition;
  private final int logicalSize;
  private final int largest;
  private final int mostMoves;
  private int size;
  private int moves;
  private int lost;
  private Stage stage;
  private OptionalInt bestSplit = OptionalInt.empty();
  private @Nullable SizeSweep sweep;
  private @Nullable SizeTrial trial;

  /**
   * @param partition cuts a logical batch
   * @param logicalSize samples of each logical batch of the search
   * @param largest the largest micro-batch that memory allows
   * @param present the micro-batch in force
   * @param mostMoves changes after which the search is over
   */
  SizeSearch(Partition partition, int logicalSize, int largest, int present, int mostMoves) {
    this.partition = partition;
    this.logicalSize = logicalSize;
    this.largest = largest;
    this.mostMoves = mostMoves;
    size = present;
    stage = Stage.OVER;
  }

  /** Looks at the whole range first. */
  SizeSearch startWithSweep() {
    sweep = new SizeSweep(isWhole(largest) ? largest / 2 : largest, partition.least());
    stage = Stage.SWEEP;
    if (!sweep.isWorthwhile()) {
      stage = Stage.OVER;
    }
    return this;
  }

  /** Looks at the neighbours only. */
  SizeSearch startWithNeighbours() {
    tryLarger();
    return this;
  }

  boolean isOver() {
    return stage == Stage.OVER;
  }

  /** Whether the search still is about the present circumstances. */
  boolean isFor(int newLogicalSize) {
    return newLogicalSize == logicalSize;
  }

  int largest() {
    return largest;
  }

  /** Whether it began with the whole range: given up, it is to be looked at again. */
  boolean beganWithSweep() {
    return sweep != null;
  }

  /**
   * The best size of those that split the batch: of the sweep, where the whole batch ran, else as
   * trials found it; {@link Integer#MAX_VALUE} if that is all that memory allows.
   */
  OptionalInt bestSplit() {
    return bestSplit;
  }

  /** The micro-batch that is known to be best. */
  int size() {
    return size;
  }

  /** What runs at present; only while the search is not over. */
  SizeExperiment experiment() {
    SizeExperiment running = stage == Stage.SWEEP ? sweep : trial;
    if (running == null) {
      throw new IllegalStateException("the search is over");
    }
    return running;
  }

  /** Goes on if the experiment is over. Returns the trial that changed the size, if one did. */
  Optional<SizeTrial> advance() {
    if (isOver() || !experiment().isOver()) {
      return Optional.empty();
    }
    if (stage == Stage.SWEEP) {
      int best = bestOfSweep();
      bestSplit = isWhole(size) ? OptionalInt.of(best) : bestSplit;
      tryOrElse(Stage.BEST_OF_SWEEP, best, this::tryLarger);
      return Optional.empty();
    }
    SizeTrial done = (SizeTrial) experiment();
    if (done.isWon()) {
      size = done.candidate();
      moves++;
    }
    if (!isWhole(size) && (done.isWon() || stage == Stage.BEST_OF_SWEEP)) {
      bestSplit = OptionalInt.of(size >= largest ? Integer.MAX_VALUE : size);
    }
    lost = done.isWon() ? lost : done.candidate();
    next(done.isWon());
    return done.isWon() ? Optional.of(done) : Optional.empty();
  }

  private int bestOfSweep() {
    return sweep == null ? size : sweep.best();
  }

  private void next(boolean won) {
    if (moves >= mostMoves) {
      stage = Stage.OVER;
    } else if (stage == Stage.BEST_OF_SWEEP || (stage == Stage.LARGER && won)) {
      tryLarger();
    } else if (stage == Stage.LARGER || won) {
      trySmaller();
    } else {
      stage = Stage.OVER;
    }
  }

  private void tryLarger() {
    int parts = partition.parts(logicalSize, size);
    int fewer = Math.min(parts - 1, (int) Math.floor(parts / NEIGHBOUR));
    tryOrElse(Stage.LARGER, fewer < 1 ? size : Math.min(largest, cut(fewer)), this::trySmaller);
  }

  private void trySmaller() {
    int parts = partition.parts(logicalSize, size);
    int more = Math.max(parts + 1, (int) Math.ceil(parts * NEIGHBOUR));
    tryOrElse(Stage.SMALLER, cut(more), () -> stage = Stage.OVER);
  }

  private int cut(int parts) {
    return partition.clamp(Math.ceil((double) logicalSize / parts));
  }

  private void tryOrElse(Stage then, int candidate, Runnable otherwise) {
    if (candidate < SizeSweep.LEAST_SIZE
        || candidate == lost
        || partition.parts(logicalSize, candidate) == partition.parts(logicalSize, size)) {
      otherwise.run();
      return;
    }
    stage = then;
    trial = new SizeTrial(partition, logicalSize, size, candidate, leastGain(candidate));
  }

  private double leastGain(int candidate) {
    if (isWhole(size)) {
      return SPLIT_GAIN;
    }
    return isWhole(candidate) ? -KEPT_SPLIT_GAIN : LEAST_GAIN;
  }

  private boolean isWhole(int microBatch) {
    return microBatch >= logicalSize;
  }
}
