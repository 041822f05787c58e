package io.smartops.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.LoaderState;
import io.smartops.SkippedStep;
import io.smartops.SmartOpsListener;
import io.smartops.StepReport;
import io.smartops.control.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What a step's report gathers from those who take part in the step. */
class RunLogTest {
  private final AtomicLong nanos = new AtomicLong();
  private final List<StepReport> reports = new ArrayList<>();
  private final RunLog log =
      new RunLog(
          List.of(
              new SmartOpsListener() {
                @Override
                public void onStep(StepReport report) {
                  reports.add(report);
                }
              }),
          nanos::get);

  @Test
  void aReportHoldsWhatHappenedSinceTheStepBefore() {
    nanos.set(30);
    log.stepOpened();
    nanos.set(40);
    log.stepOpened(); // gradients are accumulated over two batches
    log.batch(Way.FUSED, List.of(6, 6, 4), 16);
    log.batch(Way.WHOLE, List.of(), 16);
    log.predicted(OptionalLong.of(900));
    log.loss(0.5);
    log.waitedForData(20);
    log.loader(new LoaderState(2, 4));
    log.precision(Precision.BF16);
    nanos.set(100);
    log.stepSkipped(new SkippedStep(1, 1024f, 512f));

    StepReport report = reports.get(0);
    assertThat(report.nanos()).isEqualTo(100);
    assertThat(report.outsideNanos()).isEqualTo(30);
    assertThat(report.samples()).isEqualTo(32);
    assertThat(report.microBatch()).isEqualTo(16);
    assertThat(report.microBatches()).isEqualTo(4);
    assertThat(report.predictedBytes()).hasValue(900);
    assertThat(report.loss()).hasValue(0.5);
    assertThat(report.dataWaitNanos()).isEqualTo(20);
    assertThat(report.skipped()).isTrue();
  }

  @Test
  void waitingForDataOfAnEvaluationIsNotTheSteps() {
    log.waitedForData(20);
    log.evaluating();
    log.waitedForData(3);
    log.stepOpened();
    log.waitedForData(4);
    log.evaluating(); // within a step
    log.stepDone();

    assertThat(reports.get(0).dataWaitNanos()).isEqualTo(7);
  }

  @Test
  void settingsStayAndEventsDoNot() {
    log.loss(0.5);
    log.waitedForData(20);
    log.loader(new LoaderState(2, 4));
    log.precision(Precision.BF16);
    log.stepSkipped(new SkippedStep(1, 1024f, 512f));
    log.stepDone();

    StepReport second = reports.get(1);
    assertThat(second.loader()).contains(new LoaderState(2, 4));
    assertThat(second.precision()).isEqualTo(Precision.BF16.label());
    assertThat(second.loss()).isEmpty();
    assertThat(second.skipped()).isFalse();
    assertThat(second.dataWaitNanos()).isZero();
    assertThat(second.outsideNanos()).isZero();
  }

  @Test
  void theLossIsAskedForTenTimesASecond() {
    assertThat(log.lossDue()).isTrue();
    log.loss(0.5);
    assertThat(log.lossDue()).isFalse();
    nanos.addAndGet(RunLog.LOSS_INTERVAL_NANOS);
    assertThat(log.lossDue()).isTrue();
    assertThat(new RunLog(List.of(), nanos::get).lossDue()).isFalse();
  }
}
