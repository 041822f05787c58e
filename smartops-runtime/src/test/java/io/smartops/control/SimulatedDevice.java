package io.smartops.control;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.LongUnaryOperator;

/**
 * A device with a known memory law, which runs logical batches as the trainer does: micro-batch by
 * micro-batch, and from the start again after an out-of-memory error.
 */
final class SimulatedDevice {
  private static final int ENDLESS = 200;

  double fixedBytes;
  double bytesPerSample;

  /** Taken for good by the first micro-batch (gradient buffers). */
  double onceBytes;

  /** Growth is rounded up to this. */
  double quantumBytes = 1;

  /** Relative noise of growth, uniform in ±noise. */
  double noise;

  /** Relative noise of the headroom that is shown, uniform in ±noise. */
  double headroomNoise;

  boolean showsHeadroom = true;

  /** What the controller is shown of a growth. */
  LongUnaryOperator shownGrowth = bytes -> bytes;

  double freeBytes;
  int outOfMemoryErrors;
  final List<Decision> decisions = new ArrayList<>();
  private final Random random;
  private boolean onceTaken;
  private long step;

  SimulatedDevice(double fixedBytes, double bytesPerSample, double freeBytes, long seed) {
    this.fixedBytes = fixedBytes;
    this.bytesPerSample = bytesPerSample;
    this.freeBytes = freeBytes;
    random = new Random(seed);
  }

  /** Bytes that {@code size} samples take, without noise. */
  double growth(int size) {
    return Math.ceil((fixedBytes + bytesPerSample * size) / quantumBytes) * quantumBytes;
  }

  /** The largest size that always fits. */
  int trueSafeSize() {
    int size = 0;
    while (growth(size + 1) * (1 + noise) <= freeBytes) {
      size++;
    }
    return size;
  }

  /** Runs one logical batch; returns the sizes of the pass that went through. */
  List<Integer> run(MicroBatchController controller, int logicalSize) {
    step++;
    decisions.addAll(controller.begin(step, logicalSize, shownHeadroom()));
    for (int attempt = 0; attempt < ENDLESS; attempt++) {
      List<Integer> sizes = tryOnce(controller, logicalSize);
      if (sizes.stream().mapToInt(Integer::intValue).sum() == logicalSize) {
        return sizes;
      }
    }
    throw new AssertionError("a logical batch of " + logicalSize + " never went through");
  }

  /** Runs several logical batches of one size; returns the sizes of the last. */
  List<Integer> run(MicroBatchController controller, int logicalSize, int batches) {
    List<Integer> sizes = List.of();
    for (int i = 0; i < batches; i++) {
      sizes = run(controller, logicalSize);
    }
    return sizes;
  }

  private List<Integer> tryOnce(MicroBatchController controller, int logicalSize) {
    List<Integer> sizes = new ArrayList<>();
    for (int remaining = logicalSize; remaining > 0; ) {
      int size = controller.next(remaining);
      double growth = growth(size) * (1 + noise * (2 * random.nextDouble() - 1));
      double once = onceTaken ? 0 : onceBytes;
      if (growth + once > freeBytes) {
        outOfMemoryErrors++;
        decisions.addAll(controller.outOfMemory(size, shownHeadroom()));
        return sizes;
      }
      onceTaken = true;
      freeBytes -= once;
      long shown = shownGrowth.applyAsLong((long) (growth + once));
      decisions.addAll(controller.done(size, OptionalLong.of(shown), 1_000L * size));
      sizes.add(size);
      remaining -= size;
    }
    return sizes;
  }

  private OptionalLong shownHeadroom() {
    if (!showsHeadroom) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(
        (long) (freeBytes * (1 + headroomNoise * (2 * random.nextDouble() - 1))));
  }
}
