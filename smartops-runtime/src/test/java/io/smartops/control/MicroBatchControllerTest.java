package io.smartops.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalLong;
import java.util.function.IntToLongFunction;
import org.junit.jupiter.api.Test;

/** Exact trajectories, and the traps that a controller of memory is known to fall into. */
class MicroBatchControllerTest {
  private static final double MB = 1e6;
  private static final OptionalLong UNKNOWN = OptionalLong.empty();

  private final MicroBatchController controller = controller(MicroBatchLimits.ANY);

  // Trajectories

  @Test
  void slowStartMeasuresAndThenTakesThePredictedSize() {
    SimulatedDevice device = new SimulatedDevice(10 * MB, MB, 300 * MB, 1);

    assertThat(device.run(controller, 512)).containsExactly(16, 31, 59, 102, 152, 152);
    assertThat(device.run(controller, 512)).containsExactly(256, 256);
    assertThat(device.outOfMemoryErrors).isZero();
    assertThat(device.decisions).extracting(Decision::describe).hasSize(2);
    assertThat(device.decisions.get(0).describe())
        .isEqualTo(
            "step 1: micro-batch 512 → 16, because nothing is known yet about the memory that a"
                + " sample takes: growing micro-batches measure it");
    assertThat(device.decisions.get(1).describe())
        .isEqualTo(
            "step 1: micro-batch 16 → 256, because growing micro-batches measured 1.00 MB per"
                + " sample: 256 samples take up to 288 MB of the 300 MB that are free");
    assertThat(device.decisions.get(1).figures())
        .containsEntry("headroomBytes", 300 * MB)
        .containsEntry("microBatches", 2.0)
        .containsKeys("predictedBytes", "bytesPerSample", "fixedBytes", "logicalBatch");
  }

  @Test
  void aBatchThatFitsIsNotSplitAfterSlowStart() {
    SimulatedDevice device = new SimulatedDevice(10 * MB, MB, 2000 * MB, 1);
    device.run(controller, 512);
    assertThat(device.run(controller, 512, 50)).containsExactly(512);
    assertThat(controller.fits(512)).isTrue();
    assertThat(device.decisions).hasSize(2);
  }

  @Test
  void aBatchInOnePieceThatLeavesNoRoomForItsLossIsSplit() {
    SimulatedDevice device = new SimulatedDevice(10 * MB, MB, 2000 * MB, 1);
    device.run(controller, 512, 3);
    controller.whole(OptionalLong.of((long) (600 * MB)), (long) (590 * MB));
    assertThat(controller.begin(4, 512, OptionalLong.of((long) (2000 * MB))))
        .singleElement()
        .extracting(Decision::describe)
        .asString()
        .isEqualTo(
            "step 4: micro-batch 512 → 256, because in one piece and with their loss 512 samples take"
                + " up to 600 MB, and only 590 MB are free");
    assertThat(controller.fits(512)).isFalse();
    assertThat(controller.fits(511)).isTrue();
    assertThat(device.run(controller, 512)).containsExactly(256, 256);
    controller.whole(UNKNOWN, 0);
    assertThat(device.run(controller, 512, 20)).containsExactly(512);
  }

  @Test
  void aSizeThatWasFixedStaysWhateverTheLossTakes() {
    MicroBatchController fixed = controller(new MicroBatchLimits(512, 512));
    SimulatedDevice device = new SimulatedDevice(10 * MB, MB, 2000 * MB, 1);
    fixed.whole(OptionalLong.of((long) (600 * MB)), 0);
    assertThat(device.run(fixed, 512, 3)).containsExactly(512);
  }

  @Test
  void whereReadingsAreSteadyThePlanComesCloseToTheLimit() {
    SimulatedDevice device = new SimulatedDevice(10 * MB, MB, 188 * MB, 1);
    device.noise = 0.002;
    assertThat(device.run(controller, 512, 3)).hasSize(4);
    assertThat(device.run(controller, 512, 40)).containsExactly(171, 171, 170);
    device.headroomNoise = 0.02;
    device.run(controller, 512, 200);
    assertThat(device.outOfMemoryErrors).isZero();
  }

  @Test
  void aScoutIsLargerThanThePlanAndStillKnownToFit() {
    SimulatedDevice device = new SimulatedDevice(60 * MB, MB, 192 * MB, 1);
    device.noise = 0.002;
    int plan = device.run(controller, 512, 22).get(0);
    controller.begin(23, 512, OptionalLong.of((long) device.freeBytes));
    controller.scout();
    assertThat(controller.isScouting()).isTrue();
    int scout = controller.next(512);
    assertThat(scout).isGreaterThan(plan);
    assertThat(controller.fits(scout)).isTrue();
    controller.done(scout, OptionalLong.of((long) device.growth(scout)), 1);
    assertThat(controller.next(512 - scout)).isLessThanOrEqualTo(plan);
  }

  @Test
  void withoutReadingsItHalvesAndProbesRarely() {
    SimulatedDevice device = unmeasured(150 * MB);

    assertThat(device.run(controller, 512)).containsExactly(128, 128, 128, 128);
    assertThat(device.outOfMemoryErrors).isEqualTo(2);
    assertThat(device.run(controller, 512, FailureBound.FIRST_WAIT - 1)).hasSize(4);
    assertThat(device.outOfMemoryErrors).isEqualTo(2);
    assertThat(device.run(controller, 512, 4 * FailureBound.FIRST_WAIT)).hasSize(4);
    assertThat(device.outOfMemoryErrors).as("errors per doubling of the wait").isBetween(3, 5);
  }

  @Test
  void withoutReadingsErrorsGrowOnlyWithTheLogarithmOfTime() {
    SimulatedDevice device = unmeasured(150 * MB);
    device.run(controller, 512, 20_000);
    int doublings = (int) (Math.log(20_000.0 / FailureBound.FIRST_WAIT) / Math.log(2)) + 1;
    assertThat(device.outOfMemoryErrors).isLessThanOrEqualTo(2 + doublings);
  }

  @Test
  void withoutReadingsItFindsTheWholeBatchAgain() {
    SimulatedDevice device = unmeasured(150 * MB);
    device.run(controller, 512, 10);
    device.freeBytes = 600 * MB;
    assertThat(device.run(controller, 512, 5 * FailureBound.FIRST_WAIT)).containsExactly(512);
  }

  @Test
  void inALowerPrecisionItGoesOnWhereItStands() {
    SimulatedDevice device = new SimulatedDevice(10 * MB, MB, 300 * MB, 1);
    device.run(controller, 512, 3);
    MicroBatchController lower = controller.startingHere(2_000_000);
    device.bytesPerSample = 0.4 * MB;
    device.decisions.clear();
    assertThat(device.run(lower, 512)).containsExactly(256, 256);
    assertThat(device.run(lower, 512, 10)).containsExactly(512);
    assertThat(device.outOfMemoryErrors).isZero();
    assertThat(device.decisions).hasSize(1);
    device.bytesPerSample = MB;
    assertThat(device.run(controller, 512)).containsExactly(256, 256);
  }

  @Test
  void whileNothingIsKnownALowerPrecisionStartsSlowly() {
    SimulatedDevice device = new SimulatedDevice(10 * MB, MB, 300 * MB, 1);
    MicroBatchController lower = controller.startingHere(0);
    assertThat(device.run(lower, 512).get(0)).isEqualTo(16);
  }

  // Traps

  @Test
  void aNeighbourThatTakesMemoryShrinksThePlanBeforeFailureAndBackAgain() {
    SimulatedDevice device = new SimulatedDevice(10 * MB, MB, 300 * MB, 1);
    assertThat(device.run(controller, 512, 5)).hasSize(2);
    device.freeBytes = 100 * MB;
    assertThat(device.run(controller, 512)).hasSize(7);
    Decision shrink = device.decisions.get(device.decisions.size() - 1);
    assertThat(shrink.from()).isEqualTo("256");
    assertThat(shrink.reason())
        .isEqualTo("256 samples take up to 282 MB, and only 100 MB are free");
    device.freeBytes = 320 * MB;
    assertThat(device.run(controller, 512, Patience.FIRST_BATCHES - 1)).hasSize(7);
    assertThat(device.run(controller, 512)).hasSize(2);
    assertThat(device.outOfMemoryErrors).isZero();
  }

  @Test
  void noisyHeadroomAtRestDoesNotChangeThePlan() {
    for (int seed = 0; seed < 40; seed++) {
      MicroBatchController steady = controller(MicroBatchLimits.ANY);
      SimulatedDevice device = new SimulatedDevice(20 * MB, MB, (200 + 10 * seed) * MB, seed);
      device.headroomNoise = 0.05;
      device.noise = 0.01;
      device.run(steady, 512, 100);
      device.decisions.clear();
      device.run(steady, 512, 1000);
      assertThat(device.decisions).as("seed %d", seed).isEmpty();
    }
  }

  @Test
  void readingsOfZeroFromAReusingAllocatorDoNotRaiseThePlan() {
    SimulatedDevice device = new SimulatedDevice(10 * MB, MB, 300 * MB, 1);
    device.run(controller, 512, 3);
    device.shownGrowth = bytes -> 0;
    assertThat(device.run(controller, 512, 500)).containsExactly(256, 256);
    assertThat(device.outOfMemoryErrors).isZero();
  }

  @Test
  void readingsOfZeroFromTheStartCostAtMostOneErrorPerDoublingOfTheWait() {
    SimulatedDevice device = new SimulatedDevice(10 * MB, MB, 300 * MB, 1);
    device.shownGrowth = bytes -> 0;
    device.run(controller, 512, 300);
    assertThat(device.outOfMemoryErrors).isLessThanOrEqualTo(3);
  }

  @Test
  void anExhaustedLimitStillGivesTheLeastSizeAndMeasures() {
    controller.begin(1, 512, OptionalLong.of(-1));
    controller.done(controller.next(512), OptionalLong.of(16_000_000), 1);
    assertThat(controller.cap()).isEqualTo(1);
    assertThat(controller.fits(1)).isFalse();
  }

  @Test
  void growthThatCannotBeReadCostsAtMostOneErrorPerDoublingOfTheWait() {
    MicroBatchController blind = controller(MicroBatchLimits.ANY);
    int errors = 0;
    for (int step = 1; step <= 300; step++) {
      blind.begin(step, 512, OptionalLong.of(300_000_000));
      for (int remaining = 512; remaining > 0; ) {
        int size = blind.next(remaining);
        if (size > 290) {
          errors++;
          blind.outOfMemory(size, OptionalLong.of(300_000_000));
          remaining = 512;
        } else {
          blind.done(size, UNKNOWN, 1);
          remaining -= size;
        }
      }
    }
    assertThat(errors).isBetween(1, 3);
    assertThat(blind.next(512)).isEqualTo(256);
  }

  @Test
  void whileOnlyOneSizeWasReadASmallerOneIsPutInOnce() {
    controller.begin(1, 512, OptionalLong.of(300_000_000));
    for (int i = 0; i < 8; i++) { // the caller ran other sizes than it was asked to
      controller.done(64, OptionalLong.of(164_000_000), 1);
    }
    assertThat(controller.cap()).isEqualTo(110);
    controller.begin(2, 512, OptionalLong.of(300_000_000));
    assertThat(controller.next(512)).isEqualTo(47);
    controller.done(47, OptionalLong.of(147_000_000), 1);
    assertThat(controller.next(465)).isEqualTo(93);
  }

  @Test
  void highReadingsOfSizesThatAreCloseDoNotLeaveTheSmallestPlan() {
    trainWithGrowth(0, 20, 20_300_000, size -> 200_000 + 160_000L * size);
    int before = controller.next(512);
    trainWithGrowth(20, 21, 13_700_000, size -> 14_500_000); // the JVM's compiler took it
    int after = controller.next(512);
    assertThat(after).isBetween(before / 4, before - 1);
    trainWithGrowth(21, 60, 12_000_000, size -> 200_000 + 160_000L * size);
    assertThat(controller.next(512)).isBetween(before / 4, before);
  }

  private void trainWithGrowth(int from, int to, long freeBytes, IntToLongFunction growth) {
    for (int step = from + 1; step <= to; step++) {
      controller.begin(step, 512, OptionalLong.of(freeBytes));
      for (int remaining = 512; remaining > 0; ) {
        int size = controller.next(remaining);
        controller.done(size, OptionalLong.of(growth.applyAsLong(size)), 1);
        remaining -= size;
      }
    }
  }

  @Test
  void raggedLastBatchesNeitherMisleadNorFlap() {
    SimulatedDevice device = new SimulatedDevice(50 * MB, MB, 300 * MB, 1);
    device.noise = 0.02;
    for (int epoch = 0; epoch < 50; epoch++) {
      device.run(controller, 512, 6);
      device.run(controller, 3);
    }
    assertThat(device.run(controller, 512)).hasSizeLessThanOrEqualTo(4);
    assertThat(device.outOfMemoryErrors).isZero();
    assertThat(device.decisions).hasSizeLessThanOrEqualTo(5);
  }

  @Test
  void gradientBuffersOfTheFirstMicroBatchDoNotFlattenTheSlope() {
    SimulatedDevice device = new SimulatedDevice(0, MB, 900 * MB, 1);
    device.onceBytes = 600 * MB;
    device.run(controller, 512);
    assertThat(device.outOfMemoryErrors).isZero();
    assertThat(device.run(controller, 512, 10)).containsExactly(256, 256);
    assertThat(device.outOfMemoryErrors).isZero();
  }

  @Test
  void stepShapedGrowthConvergesWithAtMostOneError() {
    for (int free = 100; free <= 500; free += 20) {
      MicroBatchController steady = controller(MicroBatchLimits.ANY);
      SimulatedDevice device = new SimulatedDevice(5 * MB, MB, free * MB, 1);
      device.quantumBytes = 20 * MB;
      device.run(steady, 512, 300);
      assertThat(device.outOfMemoryErrors).as("free %d MB", free).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void longerSequencesAreFollowed() {
    SimulatedDevice device = new SimulatedDevice(10 * MB, MB, 300 * MB, 1);
    device.run(controller, 512, 5);
    device.bytesPerSample = 3 * MB;
    assertThat(device.run(controller, 512, 20)).hasSizeBetween(6, 9);
    assertThat(device.outOfMemoryErrors).isLessThanOrEqualTo(1);
  }

  @Test
  void logicalBatchesOfChangingSizeAreEachCutToFit() {
    SimulatedDevice device = new SimulatedDevice(10 * MB, MB, 300 * MB, 1);
    for (int size : new int[] {512, 64, 1000, 7, 2048, 1, 300, 299}) {
      device.run(controller, size, 5);
    }
    assertThat(device.run(controller, 2048)).hasSizeLessThanOrEqualTo(9);
    assertThat(device.outOfMemoryErrors).isZero();
  }

  @Test
  void aSampleThatCannotFitIsAdmittedToBeSo() {
    controller.begin(1, 8, OptionalLong.of(100));
    for (int size = controller.next(8); controller.canShrink(size); size = controller.next(8)) {
      controller.outOfMemory(size, OptionalLong.of(100));
    }
    assertThat(controller.next(8)).isEqualTo(1);
    assertThat(controller.canShrink(1)).isFalse();
    controller.outOfMemory(1, OptionalLong.of(100));
    assertThat(controller.next(8)).as("still legal").isEqualTo(1);
  }

  @Test
  void aBatchCannotBeCutBelowTheLeastSize() {
    MicroBatchController pairs = controller(new MicroBatchLimits(2, 64));
    pairs.begin(1, 3, UNKNOWN);
    assertThat(pairs.next(3)).isEqualTo(3);
    assertThat(pairs.canShrink(3)).as("3 = 2 + 1").isFalse();
    pairs.begin(2, 4, UNKNOWN);
    assertThat(pairs.canShrink(4)).isTrue();
    pairs.outOfMemory(4, UNKNOWN);
    assertThat(pairs.next(4)).isEqualTo(2);
  }

  @Test
  void aFixedSizeIsLeftToSurviveAndTakenAgainWhenItFits() {
    MicroBatchController fixed = controller(new MicroBatchLimits(128, 128));
    SimulatedDevice device = new SimulatedDevice(10 * MB, MB, 300 * MB, 1);
    assertThat(device.run(fixed, 512, 3)).containsExactly(128, 128, 128, 128);
    device.freeBytes = 90 * MB;
    assertThat(device.run(fixed, 512, 20)).hasSizeGreaterThanOrEqualTo(8);
    assertThat(device.outOfMemoryErrors).isEqualTo(1);
    device.freeBytes = 300 * MB;
    assertThat(device.run(fixed, 512, Patience.FIRST_BATCHES)).containsExactly(128, 128, 128, 128);
    assertThat(device.decisions).hasSize(2);
  }

  @Test
  void whatIsUnknownFits() {
    controller.begin(1, 8, UNKNOWN);
    assertThat(controller.fits(Integer.MAX_VALUE)).isTrue();
    assertThat(controller.predictedBytes(8)).isEmpty();
    assertThat(controller.cap()).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void decisionsNameTheKnob() {
    MicroBatchController evaluation =
        new MicroBatchController(Knob.EVALUATION_BATCH, MicroBatchLimits.ANY);
    List<Decision> decisions = evaluation.begin(1, 512, OptionalLong.of(1));
    assertThat(decisions).extracting(Decision::knob).containsExactly(Knob.EVALUATION_BATCH);
  }

  @Test
  void callsReplayExactly() {
    SimulatedDevice once = new SimulatedDevice(10 * MB, MB, 300 * MB, 5);
    SimulatedDevice again = new SimulatedDevice(10 * MB, MB, 300 * MB, 5);
    once.noise = 0.03;
    again.noise = 0.03;
    once.run(controller(MicroBatchLimits.ANY), 512, 50);
    again.run(controller(MicroBatchLimits.ANY), 512, 50);
    assertThat(again.decisions).isEqualTo(once.decisions);
  }

  @Test
  void sizesBelowOneAreRefusedByName() {
    assertThatThrownBy(() -> controller.begin(1, 0, UNKNOWN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("logicalSize must be at least 1 sample, but is 0");
    assertThatThrownBy(() -> controller.next(0)).hasMessageContaining("remaining");
    assertThatThrownBy(() -> controller.done(-1, UNKNOWN, 1)).hasMessageContaining("size");
    assertThatThrownBy(() -> controller.outOfMemory(0, UNKNOWN)).hasMessageContaining("size");
  }

  private static MicroBatchController controller(MicroBatchLimits limits) {
    return new MicroBatchController(Knob.MICRO_BATCH, limits);
  }

  private static SimulatedDevice unmeasured(double freeBytes) {
    SimulatedDevice device = new SimulatedDevice(10 * MB, MB, freeBytes, 1);
    device.showsHeadroom = false;
    return device;
  }
}
