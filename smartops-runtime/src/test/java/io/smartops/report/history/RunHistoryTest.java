package io.smartops.report.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.smartops.OutOfMemoryEvent;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.control.Knob;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class RunHistoryTest {

  @Test
  void aMillionStepsAreKeptInFewPoints() {
    SampleRun run = new SampleRun();
    run.steps(1_000_000, 256);
    for (int i = 0; i < 5_000; i++) {
      run.decide(i, Knob.MICRO_BATCH, "1", "2", "test");
    }

    RunSnapshot snapshot = run.history().snapshot();
    assertThat(snapshot.steps()).hasSizeBetween(1024, RunHistory.MOST_POINTS);
    assertThat(snapshot.devices()).hasSizeBetween(256, RunHistory.MOST_DEVICE_POINTS);
    assertThat(snapshot.marks()).hasSize(Marks.FIRST + Marks.LATEST);
    assertThat(snapshot.marksLeftOut()).isEqualTo(4_000);
    assertThat(snapshot.totals().steps()).isEqualTo(1_000_000);
    assertThat(snapshot.steps().stream().mapToLong(StepPoint::steps).sum()).isEqualTo(1_000_000);
    assertThat(snapshot.steps().stream().mapToLong(StepPoint::samples).sum())
        .isEqualTo(snapshot.totals().samples())
        .isEqualTo(512_000_000);
  }

  @Test
  void whatLiesBetweenStepsIsNoWorkButWaitingForDataIs() {
    RunHistory history = SampleRun.eventful();

    StepPoint first = history.snapshot().steps().get(0);
    // 250 ms in all, 10 ms between the steps, 8 ms of them waiting for data.
    assertThat(first.workNanos()).isEqualTo(248_000_000);
    assertThat(first.waitShare()).isCloseTo(8 / 248.0, within(1e-9));
    assertThat(first.samplesPerSecond().orElseThrow()).isCloseTo(512 / 0.248, within(1e-6));
  }

  @Test
  void aSkippedStepIsNoneThatWasApplied() {
    StepPoint applied = StepPoint.of(SampleRun.report(2, 256), 100);
    StepPoint skipped =
        new StepPoint(
            3,
            1,
            200,
            1,
            0,
            1,
            512,
            0,
            0,
            applied.usedBytes(),
            applied.limitBytes(),
            applied.predictedBytes(),
            256,
            2,
            "float16",
            applied.loader(),
            1);

    Totals totals = Totals.NONE.plus(applied).plus(skipped);

    assertThat(totals.steps()).isEqualTo(1);
    assertThat(totals.skipped()).isEqualTo(1);
  }

  @Test
  void mergingKeepsSumsAndExtremes() {
    StepPoint a = StepPoint.of(SampleRun.report(2, 256), 100);
    StepPoint b = StepPoint.of(SampleRun.report(3, 128), 200);

    StepPoint both = a.plus(b);

    assertThat(both.samples()).isEqualTo(1024);
    assertThat(both.workNanos()).isEqualTo(a.workNanos() + b.workNanos());
    assertThat(both.usedBytes()).hasValue(403L << 20);
    assertThat(both.loss()).isEqualTo(a.loss());
    assertThat(both.microBatch()).isEqualTo(128);
    assertThat(both.endNanos()).isEqualTo(200);
  }

  @Test
  void aSmallerMicroBatchIsForesightUnlessMemoryRanOut() {
    SampleRun run = new SampleRun();
    run.decide(5, Knob.MICRO_BATCH, "64", "32", "a neighbour grew");
    run.history().onOutOfMemory(new OutOfMemoryEvent(9, Phase.FORWARD, 32, "no memory"));
    run.decide(9, Knob.MICRO_BATCH, "32", "16", "it ran out");
    run.decide(20, Knob.MICRO_BATCH, "16", "32", "memory came free");
    run.decide(21, Knob.PRECISION, "float32", "bfloat16", "faster");

    assertThat(run.history().totals().avoided()).isEqualTo(1);
    assertThat(run.history().totals().survived()).isEqualTo(1);
    assertThat(run.history().totals().decisions()).isEqualTo(4);
  }

  @Test
  void whatWasTunedIsMeasuredBeforeAndAfter() {
    List<Tuned> tuned = SampleRun.eventful().snapshot().tuned();

    assertThat(tuned)
        .extracting(Tuned::knob)
        .containsExactly(Knob.MICRO_BATCH, Knob.PREFETCH_DEPTH);
    assertThat(tuned.get(0).from()).isEqualTo("512");
    assertThat(tuned.get(0).to()).isEqualTo("171");
    assertThat(tuned.get(0).changes()).isEqualTo(3);
    assertThat(tuned.get(0).before()).isEmpty(); // no step came before the first change
    Tuned prefetch = tuned.get(1);
    // 248 ms a step before, 240.1 ms after.
    assertThat(prefetch.gain().orElseThrow()).isCloseTo(248 / 240.1 - 1, within(1e-3));
  }

  @Test
  void aKnobThatWasTurnedBackBroughtNothing() {
    Tuned back =
        new Tuned(
            Knob.PRECISION,
            "float32",
            "float32",
            2,
            OptionalDouble.of(1_000),
            OptionalDouble.of(2_000));

    assertThat(back.gain()).isEmpty();
  }

  @Test
  void utilisationIsWorkDoneOverPeak() {
    RunHistory history = SampleRun.eventful();

    assertThat(
            history
                .compute()
                .utilisation(history.totals().samplesPerSecond(), "float32")
                .orElseThrow())
        .isCloseTo(
            12_000_000 * history.totals().samplesPerSecond().orElseThrow() / 9e10, within(1e-12));
    assertThat(history.compute().utilisation(history.totals().samplesPerSecond(), "bfloat16"))
        .isEmpty();
  }

  @Test
  void readersAndTheWriterDoNotDisturbEachOther() throws Exception {
    SampleRun run = new SampleRun();
    CountDownLatch started = new CountDownLatch(1);
    ExecutorService reader = Executors.newSingleThreadExecutor();
    try {
      Future<Long> read =
          reader.submit(
              () -> {
                long seen = 0;
                while (seen < 20_000) {
                  RunSnapshot snapshot = run.history().snapshot();
                  long steps = snapshot.steps().stream().mapToLong(StepPoint::steps).sum();
                  assertThat(steps)
                      .isEqualTo(snapshot.totals().steps())
                      .isGreaterThanOrEqualTo(seen);
                  seen = steps;
                  started.countDown();
                }
                return seen;
              });
      started.await();
      run.steps(20_000, 256);
      assertThat(read.get()).isEqualTo(20_000);
    } finally {
      reader.shutdownNow();
    }
  }

  @Test
  void devicesAreAveragedMetricByMetric() {
    DevicePoint a =
        new DevicePoint(
            1, List.of(new DeviceSample("GPU 0", Map.of(DeviceMetric.UTILISATION, 40.0))));
    DevicePoint b =
        new DevicePoint(
            2,
            List.of(
                new DeviceSample(
                    "GPU 0", Map.of(DeviceMetric.UTILISATION, 60.0, DeviceMetric.POWER, 300.0)),
                new DeviceSample("GPU 1", Map.of(DeviceMetric.POWER, 100.0))));

    DevicePoint mean = a.mean(b);

    assertThat(mean.endNanos()).isEqualTo(2);
    assertThat(mean.devices().get(0).value(DeviceMetric.UTILISATION)).hasValue(50);
    assertThat(mean.devices().get(0).value(DeviceMetric.POWER)).hasValue(300);
    assertThat(mean.devices().get(1).value(DeviceMetric.POWER)).hasValue(100);
  }
}
