package io.smartops.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.SmartOpsConfig;
import io.smartops.control.Knob;
import io.smartops.control.MemoryExperience;
import io.smartops.control.MemoryExperience.Level;
import io.smartops.control.MicroBatchLimits;
import io.smartops.control.tape.Setup;
import io.smartops.control.tape.Tape;
import io.smartops.telemetry.DeviceSnapshot;
import io.smartops.telemetry.HostTelemetry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A planner on a device whose readings follow a script: 10 MiB and 1 MiB a sample. */
class BatchPlannerTest {
  private static final long MIB = 1 << 20;
  private static final long LIMIT_BYTES = 1024 * MIB;
  private static final int BATCH = 2_048;
  private static final int SMALLER_BATCH = BATCH / 4;
  private static final long MICRO_BATCH_NANOS = 50_000_000;

  private final AtomicLong clockNanos = new AtomicLong();
  private final AtomicLong allocatedBytes = new AtomicLong();
  private final RunLog log = new RunLog(List.of(), clockNanos::get);
  private final MemoryGauge gauge =
      new MemoryGauge(
          SmartOpsConfig.builder().optMemoryLimitBytes(LIMIT_BYTES).build(),
          this::snapshot,
          this::allocated,
          Optional.empty());
  private final BatchPlanner planner = planner(gauge);

  private long usedBytes = 200 * MIB;
  private long keptBytes;
  private OptionalLong reusableBytes = OptionalLong.empty();
  private OptionalLong availableBytes = OptionalLong.empty();
  private int releases;
  private int kernelDrops;
  private Allocator.Keeping keeping = Allocator.Keeping.AS_IT_LIKES;
  private final Thread testThread = Thread.currentThread();
  private int ownReadings;
  private int snapshots;
  private long snapshotNanos;

  /** Factors of the next growths that are measured; 1 when there are no more. */
  private final List<Double> outliers = new ArrayList<>();

  @AfterEach
  void close() {
    gauge.close();
  }

  @Test
  void oneReadingThatIsFarTooHighChangesNothing() {
    settle();
    for (int i = 0; i < 24; i++) { // until memory is known to be steady, and the plan grows
      train();
    }
    int before = log.stats().microBatch();
    int decisions = log.stats().decisions().size();
    outliers.add(1.8);
    trainUntilMeasured();
    for (int i = 0; i < 10; i++) {
      train();
      assertThat(log.stats().microBatch()).isEqualTo(before);
    }
    assertThat(log.stats().decisions()).hasSize(decisions);
  }

  @Test
  void twoInARowShrinkThePlanByAsMuch() {
    int before = settle();
    outliers.addAll(List.of(1.8, 1.8));
    trainUntilMeasured();
    train();
    assertThat(log.stats().microBatch()).isLessThan(before);
    assertThat((double) log.stats().microBatch()).isBetween(0.7 * fits(1.8), fits(1.8));
  }

  @Test
  void thePlanRecoversSoonWhenTheTwoWereWrong() {
    int before = settle();
    outliers.addAll(List.of(1.8, 1.8));
    trainUntilMeasured();
    train();
    int batches = 0;
    while (log.stats().microBatch() < before) {
      train();
      batches++;
    }
    assertThat(batches).isBetween(1, 60);
  }

  @Test
  void aModelThatTakesMoreFromNowOnIsFollowed() {
    settle();
    for (int i = 0; i < 1_000; i++) {
      outliers.add(1.8);
    }
    for (int i = 0; i < 20; i++) {
      train();
    }
    assertThat((double) log.stats().microBatch()).isBetween(0.7 * fits(1.8), fits(1.8));
  }

  @Test
  void whatTheAllocatorKeepsIsGotBackNearTheLimit() {
    int before = settle();
    keptBytes = 900 * MIB;
    train();
    assertThat(releases).isEqualTo(1);
    assertThat(keptBytes).isZero();
    assertThat(log.stats().microBatch()).isEqualTo(before);
  }

  @Test
  void whatIsDeadGoesBeforeTheFirstPlanIsMade() {
    keptBytes = 592 * MIB; // with them, 126 samples fit
    List<Integer> sizes = train();
    assertThat(releases).isEqualTo(1);
    assertThat(sizes).hasSizeLessThan(10);
  }

  @Test
  void nothingIsGivenBackForAPlanThatStands() {
    int before = settle();
    usedBytes += 50 * MIB; // the most samples that fit are fewer, but make no more micro-batches
    train();
    assertThat(log.stats().microBatch()).isEqualTo(before);
    assertThat(releases).isZero();
  }

  @Test
  void whatStepsUseStaysWhenTheRestOfAPassComes() {
    int size = settle();
    keptBytes = size * MIB;
    reusableBytes = OptionalLong.of(keptBytes);
    clockNanos.addAndGet(MICRO_BATCH_NANOS); // so that the memory is read
    train(planner, 8);
    assertThat(releases).isZero();
    train(planner, 8);
    assertThat(releases).as("such batches are the usual ones").isEqualTo(1);
  }

  @Test
  void aReleaseThatBringsNothingIsTriedEverMoreSeldom() {
    settle();
    usedBytes = LIMIT_BYTES;
    for (int i = 0; i < 8; i++) {
      train();
    }
    assertThat(clockNanos.get() / Relief.LEAST_REST_NANOS).isGreaterThan(1_000);
    assertThat(releases).isBetween(5, 14);
  }

  @Test
  void roomIsMadeForALossUntilItIsKnown() {
    settle();
    loss(100 * MIB);
    assertThat(releases).isEqualTo(1);
    loss(100 * MIB);
    assertThat(releases).isEqualTo(1);
  }

  @Test
  void whatTheAllocatorKeepsGoesBeforeALossThatMightEndTheProcess() {
    settle();
    loss(100 * MIB);
    availableBytes = OptionalLong.of(100 * MIB + MemoryGauge.OTHERS_BYTES);
    clockNanos.addAndGet(MICRO_BATCH_NANOS); // so that the memory is read
    loss(100 * MIB);
    assertThat(releases).isEqualTo(1);
    availableBytes = OptionalLong.of(availableBytes.getAsLong() - 1);
    loss(100 * MIB);
    loss(100 * MIB);
    assertThat(releases).as("however short ago the last one was").isEqualTo(3);
  }

  @Test
  void whatTheAllocatorKeepsGoesBeforeAMicroBatchThatMightEndTheProcess() {
    int size = settle();
    availableBytes = OptionalLong.of(MIB * (10 + size));
    clockNanos.addAndGet(MICRO_BATCH_NANOS);
    planner.begin(BATCH); // reads the memory
    releases = 0;
    microBatch(size);
    microBatch(size);
    assertThat(releases).isEqualTo(2);
  }

  @Test
  void whatTheAllocatorKeepsStaysForAMicroBatchThatRunsInIt() {
    usedBytes = 1L << 40; // far more than this process holds, so that no window shows new pages
    MemoryGauge unlimited =
        new MemoryGauge(
            SmartOpsConfig.builder().build(),
            this::snapshot,
            this::allocated,
            Optional.of(HostTelemetry.create().residentPeak()));
    BatchPlanner inContainer = planner(unlimited);
    try (unlimited) {
      availableBytes = OptionalLong.of(LIMIT_BYTES);
      for (int i = 0; i < 8; i++) {
        train(inContainer, BATCH);
      }
      int size = log.stats().microBatch();
      keptBytes = MIB * (10 + size);
      reusableBytes = OptionalLong.of(keptBytes);
      availableBytes =
          OptionalLong.of(2 * keptBytes / NewPages.MARGIN_PART + MemoryGauge.OTHERS_BYTES);
      clockNanos.addAndGet(MICRO_BATCH_NANOS);
      inContainer.begin(BATCH); // reads the memory
      releases = 0;
      microBatch(inContainer, size);
      microBatch(inContainer, size);
      assertThat(releases).isZero();
      availableBytes = OptionalLong.of(MemoryGauge.OTHERS_BYTES);
      microBatch(inContainer, size);
      assertThat(releases).isEqualTo(1);
    }
  }

  @Test
  void whatTheAllocatorKeepsGoesBeforeASizeThatHasNotRunSinceItWentLast() {
    int size = settle();
    loss(MIB); // unknown, so that what is kept goes
    microBatch(size / 2);
    releases = 0;
    keptBytes = LIMIT_BYTES - usedBytes - MIB * (10 + size);
    clockNanos.addAndGet(MICRO_BATCH_NANOS);
    loss(MIB); // reads the memory
    microBatch(size);
    assertThat(releases).isEqualTo(1);
    keptBytes = LIMIT_BYTES - usedBytes - MIB * (10 + size);
    clockNanos.addAndGet(MICRO_BATCH_NANOS);
    loss(MIB);
    microBatch(size);
    assertThat(releases).as("its pieces are there").isEqualTo(1);
  }

  @Test
  void whatIsFreedIsKeptWhereMemoryIsPlentiful() {
    settle();
    assertThat(keeping).isEqualTo(Allocator.Keeping.AS_IT_LIKES);
    usedBytes = -4 * MemoryUpkeep.PLENTY_BYTES;
    train();
    assertThat(keeping).isEqualTo(Allocator.Keeping.ALL);
    keptBytes = MemoryUpkeep.PLENTY_BYTES;
    releases = 0;
    train();
    assertThat(releases).isZero();
  }

  @Test
  void kernelsOfOtherSizesGoWhenAPlanChangesNearALimit() {
    int before = settle();
    kernelDrops = 0;
    train();
    assertThat(kernelDrops).isZero();
    usedBytes += 400 * MIB;
    assertThat(train()).as("read after the first micro-batch").last().isNotEqualTo(before);
    assertThat(kernelDrops).isPositive();
  }

  @Test
  void kernelsStayWhereMemoryIsPlentiful() {
    int before = settle();
    usedBytes = -4 * MemoryUpkeep.PLENTY_BYTES;
    kernelDrops = 0;
    for (int i = 0; i < 10; i++) {
      train();
    }
    assertThat(log.stats().microBatch()).isGreaterThan(before);
    assertThat(kernelDrops).isZero();
  }

  @Test
  void kernelsOfSizesThatWereComparedGoAfterwards() {
    BatchPlanner comparing = comparing();
    compare(comparing, BATCH);
    kernelDrops = 0;
    comparing.begin(BATCH);
    assertThat(kernelDrops).isEqualTo(1);
  }

  @Test
  void kernelsStayForTheShortBatchThatEndsAPassAndWhileSizesAreCompared() {
    BatchPlanner comparing = comparing();
    compare(comparing, SMALLER_BATCH);
    usedBytes += 400 * MIB; // the best split of the sweep runs instead of the whole batch
    train(comparing, SMALLER_BATCH);
    assertThat(train(comparing, SMALLER_BATCH)).hasSizeGreaterThan(1);
    kernelDrops = 0;
    train(comparing, SMALLER_BATCH / 8);
    train(comparing, SMALLER_BATCH);
    compare(comparing, SMALLER_BATCH);
    assertThat(kernelDrops).isZero();
  }

  private BatchPlanner comparing() {
    return planner(
        gauge,
        new Setup.Batches(
            Knob.MICRO_BATCH, MicroBatchLimits.ANY, 1, MemoryExperience.NONE, true, true));
  }

  /** Until sizes were compared. */
  private void compare(BatchPlanner comparing, int batch) {
    while (!comparing.isTrying()) {
      train(comparing, batch);
    }
    while (comparing.isTrying()) {
      train(comparing, batch);
    }
  }

  @Test
  void readingsThatTakeLongAreRarer() {
    int size = settle();
    snapshots = 0;
    microBatches(20, size);
    assertThat(snapshots).isEqualTo(20);
    snapshotNanos = 1_000_000;
    microBatches(1, size);
    snapshots = 0;
    microBatches(20, size);
    assertThat(snapshots).isEqualTo(10);
  }

  private void microBatches(int count, int size) {
    for (int i = 0; i < count; i++) {
      microBatch(size);
    }
  }

  @Test
  void theLargestBlocksGoBackWhereTheSystemGivesLittle() {
    availableBytes = OptionalLong.of(MemoryUpkeep.PLENTY_BYTES - 1);
    planner.begin(BATCH);
    assertThat(keeping).isEqualTo(Allocator.Keeping.ALL_BUT_THE_LARGEST);
  }

  @Test
  void aBatchInOnePieceLeavesRoomForItsLossInWhatTheSystemGives() {
    settle();
    loss(SMALLER_BATCH, 300 * MIB);
    give(wholeBytes() + 300 * MIB - 30 * MIB);
    assertThat(train(planner, SMALLER_BATCH)).hasSize(2);
    assertThat(log.stats().decisions().get(log.stats().decisions().size() - 1).reason())
        .contains("in one piece and with their loss");
  }

  @Test
  void onceItIsSeenThatTheLossAddsLessThatCounts() {
    settle();
    loss(SMALLER_BATCH, 300 * MIB);
    give(wholeBytes() + 350 * MIB);
    for (int i = 0; i < GrowthMeasuring.MEASURED_OF; i++) { // one of them is measured
      assertThat(train(planner, SMALLER_BATCH)).containsExactly(SMALLER_BATCH);
    }
    train(planner, 8); // the last of a pass says nothing
    give(wholeBytes() + 50 * MIB);
    assertThat(train(planner, SMALLER_BATCH)).containsExactly(SMALLER_BATCH);
  }

  @Test
  void aLossThatAnEarlierRunMeasuredCountsUntilThisOneHas() {
    settle();
    planner.startFrom(new Level(SMALLER_BATCH, 300 * MIB));
    give(wholeBytes());
    assertThat(train(planner, SMALLER_BATCH)).hasSize(2);
    loss(SMALLER_BATCH, MIB);
    assertThat(planner.learnt().loss()).contains(new Level(SMALLER_BATCH, MIB));
    clockNanos.addAndGet(MICRO_BATCH_NANOS);
    for (int i = 0; i < 24; i++) { // until the plan grows
      train(planner, SMALLER_BATCH);
    }
    assertThat(train(planner, SMALLER_BATCH)).containsExactly(SMALLER_BATCH);
  }

  /** By the law of its micro-batches, margin included, and what others may take meanwhile. */
  private long wholeBytes() {
    return 104 * MIB * (10 + SMALLER_BATCH) / 100 + MemoryGauge.OTHERS_BYTES;
  }

  private void give(long bytes) {
    availableBytes = OptionalLong.of(bytes);
    clockNanos.addAndGet(MICRO_BATCH_NANOS); // so that the memory is read
  }

  private BatchPlanner planner(MemoryGauge reading) {
    return planner(reading, Setup.Batches.byMemoryOnly(Knob.MICRO_BATCH, MicroBatchLimits.ANY));
  }

  private BatchPlanner planner(MemoryGauge reading, Setup.Batches setup) {
    return new BatchPlanner(
        setup.controller(),
        MicroBatchLimits.ANY,
        reading,
        log,
        new FreedMemory(new ScriptedAllocator()),
        clockNanos::get,
        Tape.NONE);
  }

  private void loss(long growth) {
    loss(BATCH, growth);
  }

  private void loss(int size, long growth) {
    planner.startLoss(size);
    allocatedBytes.addAndGet(growth);
    clockNanos.addAndGet(1);
    planner.lossDone();
    allocatedBytes.addAndGet(-growth);
  }

  /** The most samples that the limit has room for, when growths are so many times larger. */
  private double fits(double factor) {
    return (double) (LIMIT_BYTES - usedBytes) / MIB / factor - 10;
  }

  /** Slow start is over, and enough micro-batches have run that only one of 16 is measured. */
  private int settle() {
    for (int i = 0; i < 8; i++) {
      train();
    }
    int microBatch = log.stats().microBatch();
    assertThat(microBatch).isBetween(BATCH / 4, BATCH / 2);
    releases = 0;
    return microBatch;
  }

  private void trainUntilMeasured() {
    while (!outliers.isEmpty()) {
      train();
    }
  }

  /** The sizes of the micro-batches. */
  private List<Integer> train() {
    return train(planner, BATCH);
  }

  private List<Integer> train(BatchPlanner by, int batch) {
    by.begin(batch, true);
    List<Integer> sizes = new ArrayList<>();
    for (int left = batch; left > 0; left -= sizes.get(sizes.size() - 1)) {
      sizes.add(microBatch(by, by.next(left)));
    }
    by.batchDone(Way.FUSED, sizes, batch);
    log.stepDone();
    return sizes;
  }

  private int microBatch(int size) {
    return microBatch(planner, size);
  }

  /** Its growth lies between the two readings of a window; it is undone when the window is over. */
  private int microBatch(BatchPlanner by, int size) {
    int before = ownReadings;
    by.start(size);
    boolean measured = ownReadings > before;
    double factor = measured && !outliers.isEmpty() ? outliers.remove(0) : 1;
    long growth = (long) (factor * (10 + size) * MIB);
    allocatedBytes.addAndGet(growth);
    clockNanos.addAndGet(MICRO_BATCH_NANOS);
    by.done(size);
    allocatedBytes.addAndGet(-growth);
    return size;
  }

  private OptionalLong allocated() {
    if (Thread.currentThread() == testThread) {
      ownReadings++;
    }
    return OptionalLong.of(allocatedBytes.get());
  }

  private final class ScriptedAllocator implements Allocator {
    @Override
    public void release() {
      releases++;
      keptBytes = 0;
    }

    @Override
    public void dropKernels() {
      kernelDrops++;
    }

    @Override
    public void keep(Keeping what) {
      keeping = what;
    }
  }

  private DeviceSnapshot snapshot() {
    snapshots++;
    clockNanos.addAndGet(snapshotNanos);
    return new DeviceSnapshot(
        OptionalLong.of(usedBytes + keptBytes),
        OptionalLong.empty(),
        reusableBytes,
        OptionalLong.empty(),
        OptionalLong.empty(),
        availableBytes,
        OptionalLong.empty(),
        OptionalDouble.empty(),
        OptionalInt.empty());
  }
}
