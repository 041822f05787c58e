package io.smartops.loop;

import io.smartops.control.BatchController;
import java.util.OptionalLong;

/**
 * Decides which micro-batches are measured, since measuring takes about 0.1 ms, and whether a
 * measured growth is believed.
 *
 * <p>Measured are the first {@link #MEASURED_AT_FIRST}, each size that is new, the first after
 * memory was given back, one of {@link #MEASURED_OF} otherwise (fewer where memory is plenty), and
 * while readings are far from the prediction each that takes a good part of what is free.
 *
 * <p>Not thread-safe: belongs to its planner.
 */
final class GrowthMeasuring {
  static final int MEASURED_AT_FIRST = 16;

  static final int MEASURED_OF = 16;

  /**
   * Factor above the prediction from which a growth is measured again before it counts: the JVM's
   * compiler takes tens of MiB from the same allocator, for a moment.
   */
  static final double SURPRISE = 1.2;

  private final BatchController controller;
  private final MemoryGauge gauge;
  private long started;
  private int largest;
  private boolean measuring;
  private boolean doubting;
  private boolean curious;

  GrowthMeasuring(BatchController controller, MemoryGauge gauge) {
    this.controller = controller;
    this.gauge = gauge;
  }

  /** One for {@code other}, which knows what this one's controller has learnt. */
  GrowthMeasuring continuedFor(BatchController other) {
    GrowthMeasuring continued = new GrowthMeasuring(other, gauge);
    continued.started = started;
    continued.largest = largest;
    return continued;
  }

  /** Samples of the largest micro-batch that was measured; 0 before the first. */
  int largest() {
    return largest;
  }

  /**
   * A micro-batch of {@code size} samples starts.
   *
   * @param near whether it may take a good part of what is free: it is watched in any case
   * @param plenty whether there is far more memory than it takes
   * @param released whether memory was given back since the one before
   */
  void start(int size, boolean near, boolean plenty, boolean released) {
    int of = plenty ? MemoryUpkeep.PLENTY_REST * MEASURED_OF : MEASURED_OF;
    measuring =
        started < MEASURED_AT_FIRST
            || started % of == 0
            || size > largest
            || released
            || (curious && near);
    started++;
    if (measuring) {
      largest = Math.max(size, largest);
      gauge.start();
    } else if (near) {
      gauge.watch();
    }
  }

  /** All that the forward pass computed is in memory now. */
  void forwardDone() {
    if (measuring) {
      gauge.mark();
    }
  }

  /** The micro-batch is done: what it allocated, if that was measured and is believed. */
  OptionalLong done(int size) {
    measuring = false;
    return believed(size, gauge.stop());
  }

  /** The micro-batch will not be finished. */
  void abandon() {
    gauge.abandon();
    measuring = false;
  }

  /**
   * A growth far above what was predicted counts once the next measurement confirms it. While
   * readings are far from the prediction, in either direction, all are taken: so it is soon right.
   */
  private OptionalLong believed(int size, OptionalLong grown) {
    if (grown.isEmpty()) {
      return grown;
    }
    OptionalLong predicted = controller.predictedBytes(size);
    boolean surprising =
        predicted.isPresent() && grown.getAsLong() > SURPRISE * predicted.getAsLong();
    curious =
        surprising
            || (predicted.isPresent() && predicted.getAsLong() > SURPRISE * grown.getAsLong());
    doubting = surprising && !doubting;
    return doubting ? OptionalLong.empty() : grown;
  }
}
