package io.smartops.loop;

import java.util.OptionalLong;

/**
 * The memory of batches in one piece whose loss is computed on all predictions at once: that
 * happens while all that the model computed is alive, so that it comes on top of what micro-batches
 * of two passes take. Where the system does not give both, the process may be ended.
 *
 * <p>Not thread-safe: belongs to its planner.
 */
final class WholeBatch {
  private final MemoryGauge gauge;
  private final LossPhase loss;
  private int size;
  private long bytes;

  WholeBatch(MemoryGauge gauge, LossPhase loss) {
    this.gauge = gauge;
    this.loss = loss;
  }

  /** One that has seen no batch yet. */
  WholeBatch inLowerPrecision() {
    return new WholeBatch(gauge, loss);
  }

  /**
   * A batch of {@code samples} in one piece raised allocated memory by {@code grown}. Smaller ones,
   * such as the last of a pass, are forgotten.
   */
  void took(int samples, OptionalLong grown) {
    if (grown.isPresent() && samples >= size) {
      bytes = samples == size ? Math.max(bytes, grown.getAsLong()) : grown.getAsLong();
      size = samples;
    }
  }

  /**
   * Bytes that a batch in one piece takes beyond what was predicted: all of what its loss takes by
   * itself, until it is seen to be less.
   */
  long moreBytes(int samples, OptionalLong predicted) {
    long byLoss = loss.bytes(samples).orElse(0);
    return samples == size && predicted.isPresent()
        ? Math.min(byLoss, Math.max(0, bytes - predicted.getAsLong()))
        : byLoss;
  }

  /**
   * What such a batch may take. Until one was measured, only what the system enforces counts: the
   * loss may be a part of what was predicted.
   */
  long roomBytes(int samples, OptionalLong headroom) {
    long given = gauge.givenBytes().orElse(Long.MAX_VALUE);
    return samples == size ? Math.min(given, headroom.orElse(Long.MAX_VALUE)) : given;
  }
}
