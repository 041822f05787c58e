package io.smartops.report.history;

import io.smartops.LoaderState;
import io.smartops.OutOfMemoryEvent;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.StepReport;
import io.smartops.control.Decision;
import io.smartops.control.Knob;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/** A made-up run on a clock of its own, the same each time. */
public final class SampleRun {
  public static final String REASON = "256 samples take up to 86.6 MB, and only 64.6 MB are free";

  private static final long STEP_NANOS = 250_000_000;
  private static final long MEBI = 1 << 20;
  private static final int BATCH = 512;

  private final AtomicLong nanos = new AtomicLong();
  private final RunHistory history;
  private long step;

  public SampleRun() {
    RunInfo info =
        new RunInfo("sample <run>", 4711, Instant.ofEpochSecond(1_700_000_000), List.of("cpu()"));
    history = new RunHistory(info, nanos::get);
  }

  /** A run of 400 steps in which each kind of thing happened. */
  public static RunHistory eventful() {
    SampleRun run = new SampleRun();
    run.history.compute(
        new Compute(OptionalLong.of(12_000_000), Map.of("float32", 9e10), "measured"));
    run.decide(
        1,
        Knob.MICRO_BATCH,
        "512",
        "16",
        "nothing is known yet about the memory that a sample takes");
    run.steps(10, 16);
    run.decide(
        11, Knob.MICRO_BATCH, "16", "256", "growing micro-batches measured 246 kB per sample");
    run.steps(140, 256);
    run.history.onOutOfMemory(new OutOfMemoryEvent(151, Phase.BACKWARD, 256, "no memory"));
    run.decide(151, Knob.MICRO_BATCH, "256", "171", REASON);
    run.steps(150, 171);
    run.decide(301, Knob.PREFETCH_DEPTH, "2", "6", "the training thread waited 3.1 % of the step");
    run.steps(100, 171);
    return run.history;
  }

  public RunHistory history() {
    return history;
  }

  public void decide(long atStep, Knob knob, String from, String to, String reason) {
    Map<String, Double> figures = atStep == 1 ? Map.of() : Map.of("predictedBytes", 8.66e7);
    history.onDecision(new Decision(atStep, knob, from, to, reason, figures));
  }

  /** Does {@code count} steps, and reads two cores after every fourth. */
  public void steps(int count, int microBatch) {
    for (int i = 0; i < count; i++) {
      nanos.addAndGet(STEP_NANOS);
      step++;
      history.onStep(report(step, microBatch));
      if (step % 4 == 0) {
        history.devices(
            List.of(core("core 0", 50 + 40 * Math.sin(step / 20.0)), core("core 1", step / 5.0)));
      }
    }
  }

  private static DeviceSample core(String name, double percent) {
    return new DeviceSample(name, Map.of(DeviceMetric.UTILISATION, percent));
  }

  public static StepReport report(long step, int microBatch) {
    return new StepReport(
        step,
        BATCH,
        microBatch,
        (BATCH + microBatch - 1) / microBatch,
        STEP_NANOS,
        10_000_000,
        OptionalLong.of((400 + step % 20) * MEBI),
        OptionalLong.of(448 * MEBI),
        OptionalLong.of(440 * MEBI),
        step % 2 == 0 ? OptionalDouble.of(2.3 * Math.exp(-step / 80.0)) : OptionalDouble.empty(),
        "float32",
        false,
        Optional.of(new LoaderState(2, step > 300 ? 6 : 2)),
        step > 300 ? 100_000 : 8_000_000);
  }
}
