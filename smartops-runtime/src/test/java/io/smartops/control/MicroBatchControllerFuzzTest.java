package io.smartops.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lying telemetry and decisions that are applied only in part. */
class MicroBatchControllerFuzzTest {
  private static final int BATCHES = 600;
  private static final int MOST_FAILURES = 40;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  void garbageNeverMakesAnIllegalSizeNorAnException(long seed) {
    Random random = new Random(seed);
    MicroBatchLimits limits = limits(random);
    MicroBatchController controller = new MicroBatchController(Knob.MICRO_BATCH, limits);
    for (int step = 1; step <= BATCHES; step++) {
      int logicalSize = 1 + random.nextInt(random.nextBoolean() ? 1000 : 5);
      check(controller.begin(step, logicalSize, garbage(random)));
      int remaining = logicalSize;
      while (remaining > 0 && random.nextInt(50) > 0) { // now and then a batch is abandoned
        int asked = controller.next(remaining);
        assertThat(asked).isBetween(1, Math.min(remaining, limits.max()));
        assertThat(controller.cap()).isBetween(1, limits.max());
        int ran = random.nextInt(4) > 0 ? asked : 1 + random.nextInt(remaining);
        controller.fits(ran);
        assertThat(controller.predictedBytes(ran).orElse(0)).isNotNegative();
        if (random.nextInt(10) == 0) {
          check(controller.outOfMemory(ran, garbage(random)));
          remaining = logicalSize;
        } else {
          check(controller.done(ran, garbage(random), random.nextLong()));
          remaining -= ran;
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shrinkingEndsWhateverTheReadingsSay(long seed) {
    Random random = new Random(seed);
    MicroBatchController controller = new MicroBatchController(Knob.MICRO_BATCH, limits(random));
    for (int step = 1; step <= 500; step++) {
      int logicalSize = 1 + random.nextInt(1000);
      controller.begin(step, logicalSize, garbage(random));
      int failures = 0;
      int size = controller.next(logicalSize);
      while (controller.canShrink(size)) {
        if (random.nextBoolean()) {
          controller.begin(step, logicalSize, garbage(random)); // a caller may begin again
        }
        size = controller.next(logicalSize);
        controller.outOfMemory(size, garbage(random));
        assertThat(++failures).isLessThan(MOST_FAILURES);
        if (controller.canShrink(size)) {
          assertThat(controller.next(logicalSize)).as("step %d", step).isLessThan(size);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void itRecoversOnceTheReadingsAreTrueAgain(long seed) {
    Random random = new Random(seed);
    SimulatedDevice device = new SimulatedDevice(1e7, 1e6, 300e6, seed);
    MicroBatchController controller =
        new MicroBatchController(Knob.MICRO_BATCH, MicroBatchLimits.ANY);
    device.shownGrowth = bytes -> garbage(random).orElse(bytes);
    device.run(controller, 512, 50);
    device.shownGrowth = bytes -> bytes;
    device.run(controller, 512, 2000);
    device.outOfMemoryErrors = 0;
    assertThat(device.run(controller, 512, 300)).hasSizeLessThanOrEqualTo(3);
    assertThat(device.outOfMemoryErrors).isLessThanOrEqualTo(1);
  }

  private static MicroBatchLimits limits(Random random) {
    int min = 1 + random.nextInt(20);
    return switch (random.nextInt(3)) {
      case 0 -> MicroBatchLimits.ANY;
      case 1 -> new MicroBatchLimits(min, min);
      default -> new MicroBatchLimits(min, min + random.nextInt(300));
    };
  }

  private static OptionalLong garbage(Random random) {
    return switch (random.nextInt(8)) {
      case 0 -> OptionalLong.empty();
      case 1 -> OptionalLong.of(0);
      case 2 -> OptionalLong.of(random.nextLong());
      case 3 -> OptionalLong.of(Long.MAX_VALUE);
      case 4 -> OptionalLong.of(Long.MIN_VALUE);
      case 5 -> OptionalLong.of(1);
      default -> OptionalLong.of(random.nextInt(1 << 30));
    };
  }

  private static void check(List<Decision> decisions) {
    for (Decision decision : decisions) {
      assertThat(decision.from()).isNotEqualTo(decision.to());
      assertThat(decision.reason()).doesNotContain("NaN", "Infinity").doesNotEndWith(".");
      assertThat(decision.figures().values()).allMatch(Double::isFinite);
    }
  }
}
