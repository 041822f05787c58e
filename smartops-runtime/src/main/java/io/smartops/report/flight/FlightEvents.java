package io.smartops.report.flight;

import io.smartops.OutOfMemoryEvent;
import io.smartops.SmartOpsListener;
import io.smartops.StepReport;
import io.smartops.control.Decision;
import io.smartops.control.Knob;

/**
 * Writes a run to the JDK's flight recorder, if a recording is on. Without one a step costs the
 * question whether there is. Thread-safe.
 */
public final class FlightEvents implements SmartOpsListener {

  @Override
  public void onStep(StepReport report) {
    writeWait(report);
    StepEvent event = new StepEvent();
    if (!event.shouldCommit()) {
      return;
    }
    event.step = report.step();
    event.samples = report.samples();
    event.microBatch = report.microBatch();
    event.microBatches = report.microBatches();
    event.time = report.nanos();
    event.precision = report.precision();
    event.skipped = report.skipped();
    event.usedBytes = report.usedBytes().orElse(0);
    event.limitBytes = report.limitBytes().orElse(0);
    event.commit();
  }

  private static void writeWait(StepReport report) {
    DataWaitEvent event = new DataWaitEvent();
    if (report.dataWaitNanos() == 0 || !event.shouldCommit()) {
      return;
    }
    event.step = report.step();
    event.waited = report.dataWaitNanos();
    event.commit();
  }

  @Override
  public void onDecision(Decision decision) {
    DecisionEvent event = new DecisionEvent();
    event.step = decision.step();
    event.knob = decision.knob().label();
    event.from = decision.from();
    event.to = decision.to();
    event.reason = decision.reason();
    event.commit();
    if (decision.knob() == Knob.PRECISION) {
      writeTrial(decision);
    }
  }

  private static void writeTrial(Decision decision) {
    PrecisionTrialEvent event = new PrecisionTrialEvent();
    event.step = decision.step();
    event.from = decision.from();
    event.to = decision.to();
    event.reason = decision.reason();
    event.figures = decision.figures().toString();
    event.commit();
  }

  @Override
  public void onOutOfMemory(OutOfMemoryEvent outOfMemory) {
    OutOfMemoryReplayEvent event = new OutOfMemoryReplayEvent();
    event.step = outOfMemory.step();
    event.phase = outOfMemory.phase().name();
    event.microBatch = outOfMemory.microBatch();
    event.message = outOfMemory.message();
    event.commit();
  }
}
