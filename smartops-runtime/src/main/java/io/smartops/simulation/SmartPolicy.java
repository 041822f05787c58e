package io.smartops.simulation;

import io.smartops.control.BatchController;
import io.smartops.control.Decision;
import io.smartops.control.Knob;
import io.smartops.control.LoaderController;
import io.smartops.control.LoaderLimits;
import io.smartops.control.MicroBatchLimits;
import java.util.ArrayList;
import java.util.List;

/** The runtime's own controllers, put together as its trainer does. Not thread-safe. */
public final class SmartPolicy implements TrainingPolicy {
  private final BatchController batches;
  private final LoaderController loader;
  private final List<Decision> decisions = new ArrayList<>();
  private long batchNanos;

  /** The policy for a scenario. */
  public SmartPolicy(Scenario scenario) {
    Pipeline pipeline = scenario.pipeline();
    batches = new BatchController(Knob.MICRO_BATCH, MicroBatchLimits.ANY, 1, true);
    loader =
        new LoaderController(
            new LoaderLimits(
                0,
                Pipeline.MOST_WORKERS,
                1,
                4 * Pipeline.MOST_WORKERS,
                pipeline.capBytes(),
                pipeline.cores(),
                1,
                false));
  }

  /** What was decided so far. */
  public List<Decision> decisions() {
    return List.copyOf(decisions);
  }

  @Override
  public Setting next(Situation situation) {
    situation.delivery().ifPresent(delivery -> decisions.addAll(loader.observe(delivery)));
    if (situation.begins()) {
      batchNanos = 0;
      decisions.addAll(
          batches.begin(
              situation.step(), situation.logicalBatch(), situation.headroomBytes(), true));
    } else {
      decisions.addAll(batches.headroom(situation.headroomBytes()));
    }
    return new Setting(
        batches.next(situation.remaining()),
        Arithmetic.SINGLE,
        loader.plan().workers(),
        loader.plan().depth(),
        batches.isTrying() ? Setting.Purpose.COMPARISON : Setting.Purpose.PLAN);
  }

  @Override
  public void done(Outcome outcome) {
    batchNanos += outcome.nanos();
    decisions.addAll(batches.done(outcome.size(), outcome.growthBytes(), outcome.nanos()));
    if (outcome.endsBatch()) {
      decisions.addAll(batches.batchDone(batchNanos));
    }
  }

  @Override
  public Recovery outOfMemory(Outcome outcome) {
    decisions.addAll(batches.outOfMemory(outcome.size(), outcome.situation().headroomBytes()));
    return Recovery.REPLAY;
  }

  @Override
  public String toString() {
    return "SmartOps";
  }
}
