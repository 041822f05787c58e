package io.smartops.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** What holds on every device whose memory growth is affine, whatever its figures. */
class MicroBatchControllerPropertyTest {
  private static final double MB = 1e6;
  private static final int STEPS = 300;

  @Property(tries = 150, seed = "2718281828")
  void anAffineDeviceRunsOutOfMemoryAtMostOnceAndThenOnlyInSlowStart(
      @ForAll @IntRange(min = 1, max = 600) int logicalSize,
      @ForAll @DoubleRange(min = 0, max = 300) double fixedSamples,
      @ForAll @DoubleRange(min = 0, max = 0.03) double noise,
      @ForAll @DoubleRange(min = 0, max = 1.2) double room,
      @ForAll @DoubleRange(min = 0, max = 300) double onceSamples,
      @ForAll long seed) {
    // A headroom between what one sample needs and a little more than the whole batch needs.
    double oneSample = (fixedSamples + 1) * MB * (1 + noise) + 2;
    double free = oneSample + room * logicalSize * MB;
    SimulatedDevice device = new SimulatedDevice(fixedSamples * MB, MB, free, seed);
    device.noise = noise;
    device.onceBytes = onceSamples * MB;
    device.freeBytes += device.onceBytes;
    MicroBatchController controller =
        new MicroBatchController(Knob.MICRO_BATCH, MicroBatchLimits.ANY);

    device.run(controller, logicalSize);
    assertThat(device.outOfMemoryErrors).isLessThanOrEqualTo(1);
    int inSlowStart = device.outOfMemoryErrors;
    device.run(controller, logicalSize, STEPS);
    assertThat(device.outOfMemoryErrors).isEqualTo(inSlowStart);
  }

  @Property(tries = 150, seed = "3141592653")
  void thePredictionIsCloseAfterTwentySteps(
      @ForAll @IntRange(min = 64, max = 600) int logicalSize,
      @ForAll @DoubleRange(min = 0, max = 0.5) double fixedShare,
      @ForAll @DoubleRange(min = 0.1, max = 0.9) double room,
      @ForAll long seed) {
    int trueSize = Math.max(20, (int) (room * logicalSize));
    double free = trueSize * MB / (1 - fixedShare);
    SimulatedDevice device = new SimulatedDevice(fixedShare * free, MB, free, seed);
    device.noise = 0.001;
    MicroBatchController controller =
        new MicroBatchController(Knob.MICRO_BATCH, MicroBatchLimits.ANY);

    device.run(controller, logicalSize, 20);

    int safe = Math.min(logicalSize, device.trueSafeSize());
    assertThat((double) predictedSafeSize(controller, free, logicalSize))
        .isBetween(0.8 * safe, 1.0 * safe);
    device.decisions.clear();
    device.run(controller, logicalSize, STEPS);
    assertThat(device.decisions).as("converged").hasSizeLessThanOrEqualTo(3);
  }

  @Property(tries = 300, seed = "1618033988")
  void sizesStayWithinLimitsAndSumUp(
      @ForAll @IntRange(min = 1, max = 16) int min,
      @ForAll @IntRange(min = 16, max = 128) int max,
      @ForAll List<@IntRange(min = 1, max = 700) Integer> logicalSizes,
      @ForAll @DoubleRange(min = 20, max = 900) double freeMb,
      @ForAll long seed) {
    // 16 samples, the most that the least size may be exceeded to, always fit.
    SimulatedDevice device = new SimulatedDevice(3 * MB, MB / 2, freeMb * MB, seed);
    MicroBatchController controller =
        new MicroBatchController(Knob.MICRO_BATCH, new MicroBatchLimits(min, max));
    for (int logicalSize : logicalSizes) {
      assertThat(device.run(controller, logicalSize))
          .allMatch(size -> size >= 1 && size <= max)
          .satisfies(
              sizes ->
                  assertThat(sizes.stream().mapToInt(Integer::intValue).sum())
                      .isEqualTo(logicalSize));
    }
  }

  private static int predictedSafeSize(MicroBatchController controller, double free, int most) {
    int size = 0;
    while (size < most && controller.predictedBytes(size + 1).orElseThrow() <= free) {
      size++;
    }
    return size;
  }
}
