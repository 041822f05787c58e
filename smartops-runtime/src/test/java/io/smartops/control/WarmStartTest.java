package io.smartops.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** A controller that starts from what another one has learnt: 40 MiB, once, and 1 MiB a sample. */
class WarmStartTest {
  private static final long MIB = 1 << 20;
  private static final int BATCH = 512;
  private static final long ONCE = 40 * MIB;

  private final List<Decision> decisions = new ArrayList<>();
  private long perSample = MIB;
  private boolean first = true;

  @Test
  void theFirstBatchTakesAtOnceTheSizeThatFits() {
    List<Integer> sizes = batch(warm(), 1, 200);

    assertThat(sizes.get(0)).isBetween(103, 160);
    assertThat(sizes).allMatch(size -> size >= sizes.get(0) - 1);
    assertThat(decisions).hasSize(1);
    assertThat(decisions.get(0).describe())
        .startsWith("step 1: micro-batch 512 → ")
        .contains("because an earlier run of this model measured 1.05 MB per sample");
  }

  @Test
  void aBatchThatFitsStaysWholeFromTheFirst() {
    assertThat(batch(warm(), 1, 2_000)).containsExactly(BATCH);
    assertThat(decisions).isEmpty();
  }

  @Test
  void theBoundIsWhatIsFreeNow() {
    assertThat(batch(warm(), 1, 50)).allMatch(size -> size <= 50);
  }

  @Test
  void whatTheFirstMicroBatchAllocatesOnceDoesNotSpoilTheLaw() {
    MicroBatchController controller = warm();
    batch(controller, 1, 200);
    batch(controller, 2, 200);
    assertThat(controller.predictedBytes(100).orElseThrow()).isBetween(100 * MIB, 110 * MIB);
  }

  @Test
  void aGuessThatIsFarTooLowIsDropped() {
    perSample = 4 * MIB;
    MicroBatchController controller = warm();
    for (int step = 1; step <= 5; step++) {
      batch(controller, step, 200);
    }
    assertThat(batch(controller, 6, 200)).allMatch(size -> size * perSample <= 200 * MIB);
    assertThat(controller.predictedBytes(40).orElseThrow()).isBetween(160 * MIB, 200 * MIB);
  }

  @Test
  void withoutReadingsTheBatchRunsAsEver() {
    MicroBatchController controller = warm();
    assertThat(controller.begin(1, BATCH, OptionalLong.empty())).isEmpty();
    assertThat(controller.next(BATCH)).isEqualTo(BATCH);
  }

  @Test
  void aFixedSizeStaysFixed() {
    MicroBatchController controller =
        new MicroBatchController(
            Knob.MICRO_BATCH, new MicroBatchLimits(64, 64), 1, warm().experience());
    controller.begin(1, BATCH, OptionalLong.of(2_000 * MIB));
    assertThat(controller.next(BATCH)).isEqualTo(64);
  }

  @Test
  void aRunThatMeasuredTooLittleLeavesNothing() {
    MicroBatchController controller =
        new MicroBatchController(Knob.MICRO_BATCH, MicroBatchLimits.ANY);
    assertThat(controller.experience()).isEqualTo(MemoryExperience.NONE);
    controller.begin(1, BATCH, OptionalLong.of(200 * MIB));
    controller.done(16, OptionalLong.of(16 * MIB), 0);
    assertThat(controller.experience()).isEqualTo(MemoryExperience.NONE);
  }

  @Test
  void theFastestSizeIsNotKept() {
    BatchController searched =
        new BatchController(Knob.MICRO_BATCH, MicroBatchLimits.ANY, 1, warm().experience(), true);
    for (int step = 1; step <= 60; step++) {
      searched.begin(step, BATCH, OptionalLong.of(2_000 * MIB), true);
      long spent = 0;
      for (int left = BATCH; left > 0; ) {
        int size = searched.next(left);
        long nanos = size * (size > 64 ? 2_000L : 1_000L);
        searched.done(size, OptionalLong.of(size * MIB), nanos);
        left -= size;
        spent += nanos;
      }
      searched.batchDone(spent);
    }
    assertThat(searched.next(BATCH)).isLessThanOrEqualTo(64);
    BatchController next =
        new BatchController(Knob.MICRO_BATCH, MicroBatchLimits.ANY, 1, searched.experience(), true);
    assertThat(next.begin(1, BATCH, OptionalLong.of(2_000 * MIB), true)).isEmpty();
    assertThat(next.next(BATCH)).isEqualTo(BATCH);
  }

  private MicroBatchController warm() {
    long present = perSample;
    perSample = MIB;
    MicroBatchController cold = new MicroBatchController(Knob.MICRO_BATCH, MicroBatchLimits.ANY);
    batch(cold, 1, 400);
    batch(cold, 2, 400);
    assertThat(cold.experience().isKnown()).isTrue();
    decisions.clear();
    perSample = present;
    first = true;
    return new MicroBatchController(Knob.MICRO_BATCH, MicroBatchLimits.ANY, 1, cold.experience());
  }

  /** The sizes of the micro-batches; none may take more than is free. */
  private List<Integer> batch(MicroBatchController controller, long step, long freeMib) {
    decisions.addAll(controller.begin(step, BATCH, OptionalLong.of(freeMib * MIB)));
    List<Integer> sizes = new ArrayList<>();
    for (int left = BATCH; left > 0; ) {
      int size = controller.next(left);
      sizes.add(size);
      left -= size;
      long growth = size * perSample + (first ? ONCE : 0);
      first = false;
      decisions.addAll(controller.done(size, OptionalLong.of(growth), 0));
    }
    return sizes;
  }
}
