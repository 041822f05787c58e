package io.smartops.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Trajectories of the loader's policy against simulated pipelines. */
class LoaderControllerTest {
  private static final long MILLI = 1_000_000;
  private static final LoaderLimits TWO_CORES =
      new LoaderLimits(0, 64, 1, 256, 1L << 30, 2, 2, true);

  @Test
  void aDistantSourceIsFedWithinThirtyBatches() {
    LoaderController controller = new LoaderController(TWO_CORES);
    SimulatedPipeline pipeline =
        new SimulatedPipeline(controller, (i, plan) -> 64 * MILLI, 2 * MILLI);
    pipeline.run(30);
    // The best that any setting can do is the step itself.
    assertThat(pipeline.run(300)).isLessThan(2 * MILLI / 0.97);
    assertThat(controller.plan().workers()).isBetween(32, 64);
    assertThat(controller.bottleneck()).isEqualTo(LoaderBottleneck.CONSUMER);
    assertThat(pipeline.decisions.get(0).reason()).contains("record reading");
  }

  @Test
  void theFirstBatchOfADistantSourceIsEnoughToBegin() {
    LoaderController controller = new LoaderController(TWO_CORES);
    new SimulatedPipeline(controller, (i, plan) -> 64 * MILLI, 2 * MILLI).run(1);
    assertThat(controller.plan().workers()).isEqualTo(LoaderController.FIRST_WORKERS);
    LoaderController near = new LoaderController(TWO_CORES);
    new SimulatedPipeline(near, (i, plan) -> 10 * MILLI, 2 * MILLI).run(1);
    assertThat(near.plan().workers()).isZero();
  }

  @Test
  void oneWorkerMoreInVainSaysNothingOfTwiceAsMany() {
    LoaderCeiling ceiling = new LoaderCeiling();
    ceiling.set(7, 8, 0);
    assertThat(ceiling.forbids(7, 8, MILLI, 1)).isTrue();
    assertThat(ceiling.forbids(7, 15, MILLI, 1)).isTrue();
    assertThat(ceiling.forbids(7, 16, MILLI, 1)).isFalse();
  }

  @Test
  void aSourceThatServesFourAtATimeGetsNoMoreThanHelps() {
    LoaderController controller = new LoaderController(TWO_CORES);
    SimulatedPipeline pipeline =
        new SimulatedPipeline(
            controller,
            (i, plan) -> (long) (20 * MILLI * Math.max(1, plan.workers() / 4.0)),
            MILLI);
    pipeline.run(200);
    assertThat(controller.plan().workers()).isBetween(4, 12);
    // What was tried in vain is not told.
    assertThat(pipeline.decisions).hasSizeLessThanOrEqualTo(6);
    assertThat(controller.bottleneck()).isEqualTo(LoaderBottleneck.READING);
  }

  @Test
  void aProcessorBoundPipelineGetsNoWorkersBeyondTheCores() {
    LoaderLimits limits = new LoaderLimits(0, 64, 1, 256, 1L << 30, 2, 1, true);
    LoaderController controller = new LoaderController(limits);
    SimulatedPipeline pipeline =
        new SimulatedPipeline(controller, (i, plan) -> 20 * MILLI, 2 * MILLI).cpu(0.99, 0.0);
    pipeline.run(200);
    assertThat(controller.plan().workers()).isEqualTo(2);
  }

  @Test
  void aPipelineThatMostlyWaitsGetsWorkersForTwiceTheCores() {
    LoaderController controller = new LoaderController(TWO_CORES);
    SimulatedPipeline pipeline =
        new SimulatedPipeline(controller, (i, plan) -> 60 * MILLI, 2 * MILLI).cpu(0.25, 0.5);
    pipeline.run(200);
    assertThat(controller.plan().workers()).isEqualTo(16);
  }

  @Test
  void aQueueThatStaysFullIsShrunk() {
    LoaderController controller = new LoaderController(TWO_CORES);
    SimulatedPipeline pipeline =
        new SimulatedPipeline(controller, (i, plan) -> i < 100 ? 64 * MILLI : 4 * MILLI, 2 * MILLI);
    pipeline.run(100);
    int before = controller.plan().workers();
    pipeline.run(3_000);
    assertThat(before).isGreaterThan(30);
    assertThat(controller.plan().workers()).isLessThan(10);
    assertThat(controller.plan().depth()).isLessThan(20);
    assertThat(pipeline.run(200)).isLessThan(2 * MILLI / 0.97);
  }

  @Test
  void burstsAreRememberedAndNotShrunkAway() {
    LoaderController controller = new LoaderController(TWO_CORES);
    SimulatedPipeline pipeline =
        new SimulatedPipeline(
            controller, (i, plan) -> i % 20 < 15 ? 4 * MILLI : 40 * MILLI, 3 * MILLI);
    pipeline.run(30);
    assertThat(pipeline.run(1_000)).isLessThan(3 * MILLI / 0.97);
  }

  @Test
  void theByteCapBoundsWorkersAndDepth() {
    LoaderLimits limits = new LoaderLimits(0, 64, 1, 256, 10_000, 2, 1, true);
    LoaderController controller = new LoaderController(limits);
    SimulatedPipeline pipeline =
        new SimulatedPipeline(controller, (i, plan) -> 64 * MILLI, 2 * MILLI).bytes(2_000);
    pipeline.run(100);
    assertThat(controller.plan().workers()).isLessThanOrEqualTo(5);
    assertThat(controller.plan().depth()).isLessThanOrEqualTo(10);
  }

  @Test
  void cheapBatchesAreBuiltWhereTheyAreUsedIfHandOverCostsMore() {
    LoaderController controller = new LoaderController(TWO_CORES);
    SimulatedPipeline pipeline =
        new SimulatedPipeline(controller, (i, plan) -> 20_000, 0).handOver(30_000);
    pipeline.run(800);
    assertThat(controller.plan().workers()).isZero();
    assertThat(pipeline.run(100)).isEqualTo(20_000);
  }

  @Test
  void cheapBatchesAreBuiltAheadIfThatIsFaster() {
    LoaderController controller = new LoaderController(TWO_CORES);
    SimulatedPipeline pipeline =
        new SimulatedPipeline(controller, (i, plan) -> 500_000, 500_000).handOver(5_000);
    pipeline.run(100);
    assertThat(controller.plan().workers()).isPositive();
    assertThat(pipeline.run(100)).isLessThan(550_000);
  }

  @Test
  void aBatchThatStopsBeingCheapIsBuiltAheadAgain() {
    LoaderController controller = new LoaderController(TWO_CORES);
    SimulatedPipeline pipeline =
        new SimulatedPipeline(controller, (i, plan) -> i < 60 ? 20_000 : 30 * MILLI, 2 * MILLI)
            .handOver(30_000);
    pipeline.run(200);
    assertThat(controller.plan().workers()).isGreaterThan(10);
  }

  @Test
  void buildsOfFourStepsAreFedByAsManyWorkersAndNoMore() {
    for (long stepNanos : new long[] {MILLI, 10 * MILLI, 100 * MILLI}) {
      LoaderController controller = new LoaderController(TWO_CORES);
      SimulatedPipeline pipeline =
          new SimulatedPipeline(controller, (i, plan) -> 4 * stepNanos, stepNanos);
      pipeline.run(6);
      assertThat(controller.plan().workers()).isPositive();
      pipeline.run(24);
      assertThat(pipeline.run(100)).isLessThan(stepNanos / 0.97);
      assertThat(controller.plan().workers()).isBetween(4, 8);
    }
  }

  @Test
  void cheapBatchesStayHomeWhereNoCoreIsFree() {
    LoaderController controller = new LoaderController(TWO_CORES);
    SimulatedPipeline pipeline =
        new SimulatedPipeline(controller, (i, plan) -> 80_000, 0).cpu(0.99, 0.1).crowdedAtHome();
    pipeline.run(5_000);
    assertThat(pipeline.plans).containsExactly(new LoaderPlan(0, 1, 2));
  }

  @Test
  void longBuildsLeaveACrowdedHomeIfThatPays() {
    LoaderController controller = new LoaderController(TWO_CORES);
    new SimulatedPipeline(controller, (i, plan) -> 10 * MILLI, 40 * MILLI)
        .cpu(0.99, 0.1)
        .crowdedAtHome()
        .run(100);
    assertThat(controller.plan().workers()).isEqualTo(1);
  }

  @Test
  void longBuildsStayInACrowdedHomeIfWorkersSlowThemDown() {
    LoaderController controller = new LoaderController(TWO_CORES);
    SimulatedPipeline pipeline =
        new SimulatedPipeline(
                controller, (i, plan) -> plan.workers() == 0 ? 10 * MILLI : 60 * MILLI, 40 * MILLI)
            .cpu(0.99, 0.1)
            .crowdedAtHome();
    pipeline.run(600);
    assertThat(controller.plan().workers()).isZero();
    assertThat(pipeline.decisions).isEmpty();
  }

  @Test
  void aDisturbanceDoesNotDriveBatchesFromACrowdedHome() {
    LoaderController controller = new LoaderController(TWO_CORES);
    SimulatedPipeline pipeline =
        new SimulatedPipeline(controller, (i, plan) -> i >= 500 && i < 530 ? 7 * MILLI : 80_000, 0)
            .cpu(0.99, 0.1)
            .crowdedAtHome();
    pipeline.run(1_000);
    assertThat(pipeline.plans).containsExactly(new LoaderPlan(0, 1, 2));
  }

  @Test
  void aDisturbanceDoesNotDriveCheapBatchesFromHomeForGood() {
    LoaderController controller = new LoaderController(TWO_CORES);
    SimulatedPipeline pipeline =
        new SimulatedPipeline(controller, (i, plan) -> i >= 500 && i < 530 ? 7 * MILLI : 80_000, 0)
            .cpu(0.99, 0.1)
            .handOver(90_000);
    pipeline.run(600);
    assertThat(pipeline.plans).hasSizeGreaterThan(1);
    pipeline.run(2_000);
    assertThat(controller.plan().workers()).isZero();
  }

  @Test
  void dataInMemorySettleAtOnceWithoutADecision() {
    LoaderController controller = new LoaderController(TWO_CORES);
    SimulatedPipeline pipeline =
        new SimulatedPipeline(controller, (i, plan) -> MILLI, 250 * MILLI).handOver(5_000);
    pipeline.run(5_000);
    assertThat(pipeline.decisions).isEmpty();
    assertThat(pipeline.plans).containsExactly(controller.plan());
    assertThat(controller.plan()).isEqualTo(new LoaderPlan(0, 1, 2));
  }

  @Test
  void comparisonsGetRarerAndAreNotTold() {
    LoaderController controller = new LoaderController(TWO_CORES);
    SimulatedPipeline pipeline =
        new SimulatedPipeline(controller, (i, plan) -> 20_000, 5_000).handOver(30_000);
    double mean = pipeline.run(100_000);
    assertThat(pipeline.decisions).isEmpty();
    assertThat(pipeline.plans).hasSizeLessThan(30);
    assertThat(mean).isLessThan(25_000 / 0.99);
  }

  @Test
  void aStepThatNeverWaitsIsNeverDisturbed() {
    LoaderController controller = new LoaderController(TWO_CORES);
    SimulatedPipeline pipeline =
        new SimulatedPipeline(controller, (i, plan) -> 3 * MILLI, 30 * MILLI).handOver(5_000);
    pipeline.run(50);
    assertThat(controller.plan()).isEqualTo(new LoaderPlan(1, 2, 2));
    pipeline.decisions.clear();
    pipeline.plans.clear();
    pipeline.run(5_000);
    assertThat(pipeline.decisions).isEmpty();
    assertThat(pipeline.plans).containsExactly(controller.plan());
  }

  @Property(tries = 60, seed = "20261125")
  void atRestThereIsAtMostOneChangeInAHundredBatches(
      @ForAll long seed,
      @ForAll @IntRange(min = 10, max = 100_000) int buildMicros,
      @ForAll @IntRange(max = 20_000) int stepMicros,
      @ForAll @IntRange(max = 99) int cpuPercent) {
    Random random = new Random(seed);
    LoaderController controller = new LoaderController(TWO_CORES);
    SimulatedPipeline pipeline =
        new SimulatedPipeline(
                controller,
                (i, plan) -> (long) (1_000 * buildMicros * (0.8 + 0.4 * random.nextDouble())),
                1_000L * stepMicros)
            .cpu(cpuPercent / 100.0, random.nextDouble())
            .handOver(5_000);
    pipeline.run(200);
    pipeline.decisions.clear();
    pipeline.run(2_000);
    assertThat(pipeline.decisions.stream().map(Decision::step).distinct().count())
        .isLessThanOrEqualTo(20);
  }

  @Test
  void coresAreSharedWithLibtorchOnlyIfThatPays() {
    assertThat(libtorchThreadsIfSharingPaysFrom(0)).isEqualTo(1);
    assertThat(libtorchThreadsIfSharingPaysFrom(Integer.MAX_VALUE)).isEqualTo(2);
  }

  @Test
  void sharingCoresIsComparedAgainSinceNoiseMayHaveHiddenThatItPays() {
    assertThat(libtorchThreadsIfSharingPaysFrom(120)).isEqualTo(1);
  }

  @Test
  void sharingCoresThatCostsMuchIsNotSoonComparedAgain() {
    SimulatedPipeline pipeline =
        new SimulatedPipeline(
                new LoaderController(TWO_CORES),
                (i, plan) -> plan.libtorchThreads() == 1 ? 13 * MILLI : 10 * MILLI,
                2 * MILLI)
            .cpu(0.99, 0.0);
    pipeline.run(400);
    pipeline.plans.clear();
    pipeline.run(600);
    assertThat(pipeline.plans).noneMatch(plan -> plan.libtorchThreads() == 1);
  }

  private static int libtorchThreadsIfSharingPaysFrom(int build) {
    LoaderController controller = new LoaderController(TWO_CORES);
    new SimulatedPipeline(
            controller,
            (i, plan) -> plan.libtorchThreads() == 1 && i >= build ? 8 * MILLI : 10 * MILLI,
            2 * MILLI)
        .cpu(0.99, 0.0)
        .run(400);
    return controller.plan().libtorchThreads();
  }

  @Test
  void fixedSettingsStayAndTheBottleneckIsStillFound() {
    LoaderLimits limits = new LoaderLimits(3, 3, 5, 5, 1L << 30, 2, 2, true);
    LoaderController controller = new LoaderController(limits);
    SimulatedPipeline pipeline = new SimulatedPipeline(controller, (i, plan) -> 64 * MILLI, MILLI);
    pipeline.run(100);
    assertThat(pipeline.decisions).isEmpty();
    assertThat(controller.plan()).isEqualTo(new LoaderPlan(3, 5, 2));
    assertThat(controller.bottleneck()).isEqualTo(LoaderBottleneck.READING);
  }

  @Test
  void limitsOutOfBoundsAreRejected() {
    assertThatThrownBy(() -> new LoaderLimits(2, 1, 1, 1, 1, 1, 1, true))
        .hasMessage("workers need 0 <= min <= max, but are 2 to 1");
  }

  @Property(tries = 200, seed = "20261122")
  void whateverIsObservedThePlanStaysInItsLimitsAndReplays(
      @ForAll long seed,
      @ForAll @IntRange(max = 3) int minWorkers,
      @ForAll @IntRange(min = 3, max = 40) int maxWorkers,
      @ForAll @IntRange(min = 1, max = 16) int cores) {
    LoaderLimits limits =
        new LoaderLimits(minWorkers, maxWorkers, 1, 50, 100_000, cores, cores, true);
    List<LoaderObservation> observations = observations(new Random(seed), 300);
    assertThat(replay(limits, observations)).isEqualTo(replay(limits, observations));
  }

  private static List<Decision> replay(LoaderLimits limits, List<LoaderObservation> observations) {
    LoaderController controller = new LoaderController(limits);
    List<Decision> decisions = new ArrayList<>();
    for (LoaderObservation observation : observations) {
      decisions.addAll(controller.observe(observation));
      LoaderPlan plan = controller.plan();
      boolean mayBeInline = limits.minWorkers() == 0;
      assertThat(plan.workers())
          .isBetween(mayBeInline ? 0 : limits.minWorkers(), limits.maxWorkers());
      assertThat(plan.depth()).isBetween(limits.minDepth(), limits.maxDepth());
      assertThat(plan.libtorchThreads()).isBetween(1, limits.libtorchThreads());
    }
    return decisions;
  }

  private static List<LoaderObservation> observations(Random random, int count) {
    List<LoaderObservation> observations = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long build = 1L << random.nextInt(30);
      observations.add(
          new LoaderObservation(
              i == 0,
              random.nextInt(3) * (1L << random.nextInt(28)),
              1L << random.nextInt(28),
              new LoaderBuildTimes(
                  build / 2,
                  build / 4,
                  build / 4,
                  build,
                  OptionalLong.of((long) (build * random.nextDouble()))),
              random.nextInt(40),
              random.nextBoolean(),
              random.nextInt(50),
              random.nextInt(50),
              1 + random.nextInt(50_000),
              random.nextBoolean()
                  ? OptionalDouble.empty()
                  : OptionalDouble.of(4 * random.nextDouble())));
    }
    return observations;
  }
}
