package io.smartops.simulation;

import io.smartops.control.LoaderObservation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Runs a policy through a scenario, logical step by logical step, as a trainer does: micro-batch by
 * micro-batch, and from the start again after memory ran out.
 *
 * <p>Not thread-safe.
 */
public final class SimulatedTraining {

  /** Time to start a job again, up to its first step: generous, since runs are short here. */
  public static final long RESTART_NANOS = 2_000_000_000L;

  /** Failures of one logical batch after which a policy is given up. */
  private static final int MOST_FAILURES = 200;

  private final Scenario scenario;
  private final TrainingPolicy policy;
  private final ManualClock clock = new ManualClock();
  private final SimulatedDevice device;
  private final SimulatedPipeline pipeline;
  private final Oracle oracle;
  private final List<Long> outOfMemorySteps = new ArrayList<>();
  private final List<Long> accidentSteps = new ArrayList<>();
  private final List<Long> changeSteps = new ArrayList<>();
  private Setting plan = new Setting(0, Arithmetic.SINGLE, 0, 0, Setting.Purpose.PLAN);
  private int workers;
  private int depth;

  /** A run that has not begun. */
  public SimulatedTraining(Scenario scenario, TrainingPolicy policy) {
    this.scenario = scenario;
    this.policy = policy;
    device = new SimulatedDevice(scenario, clock);
    pipeline = new SimulatedPipeline(scenario.pipeline(), scenario.seed(), clock);
    oracle = new Oracle(scenario);
    workers = policy.firstWorkers();
    depth = Math.max(1, 2 * workers);
  }

  /** Runs so many logical steps. */
  public TrainingResult run(int steps) {
    List<Double> stepNanos = new ArrayList<>();
    List<Double> oracleNanos = new ArrayList<>();
    double best = 0;
    for (int i = 0; i < steps; i++) {
      long before = clock.getAsLong();
      step(i + 1);
      stepNanos.add((double) (clock.getAsLong() - before));
      oracleNanos.add(oracle.bestNanos(i + 1));
      best += oracleNanos.get(i);
    }
    return new TrainingResult(
        clock.getAsLong(),
        best,
        List.copyOf(outOfMemorySteps),
        List.copyOf(accidentSteps),
        changeSteps.size(),
        List.copyOf(changeSteps),
        List.copyOf(stepNanos),
        List.copyOf(oracleNanos));
  }

  private void step(long step) {
    device.enter(step);
    Optional<LoaderObservation> delivery = Optional.of(pipeline.take(workers, depth));
    for (int failures = 0; !tryStep(step, delivery); failures++) {
      if (failures == MOST_FAILURES) {
        throw new IllegalStateException(
            "step %d failed %d times in a row under %s".formatted(step, failures, policy));
      }
      delivery = Optional.empty();
    }
    device.step();
  }

  private boolean tryStep(long step, Optional<LoaderObservation> delivery) {
    int remaining = scenario.work().logicalBatch();
    boolean begins = true;
    while (remaining > 0) {
      Situation situation =
          situation(step, remaining, begins, begins ? delivery : Optional.empty());
      Setting setting = policy.next(situation);
      note(step, setting, begins);
      begins = false;
      int size = Math.max(1, Math.min(remaining, setting.microBatch()));
      SimulatedDevice.Run run = device.run(size, setting.arithmetic());
      Outcome outcome = new Outcome(situation, setting, size, run.growthBytes(), run.nanos());
      if (run.outOfMemory()) {
        fail(step, run);
        recover(policy.outOfMemory(outcome));
        return false;
      }
      policy.done(outcome);
      begins = setting.purpose() == Setting.Purpose.DISCARDED;
      remaining -= begins ? 0 : size;
    }
    return true;
  }

  private void fail(long step, SimulatedDevice.Run run) {
    outOfMemorySteps.add(step);
    if (run.accident()) {
      accidentSteps.add(step);
    }
  }

  private Situation situation(
      long step, int remaining, boolean begins, Optional<LoaderObservation> delivery) {
    OptionalLong headroom = device.headroomBytes();
    return new Situation(
        step,
        scenario.work().logicalBatch(),
        remaining,
        begins,
        headroom,
        device.usedBytes(),
        (long) device.deviceBytes(),
        delivery);
  }

  private void recover(TrainingPolicy.Recovery recovery) {
    switch (recovery) {
      case REPLAY -> {}
      case RESUME -> clock.advanceNanos(RESTART_NANOS);
      case START_OVER -> clock.advanceNanos(clock.getAsLong() + RESTART_NANOS);
    }
  }

  private void note(long step, Setting setting, boolean begins) {
    workers = setting.workers();
    depth = setting.depth();
    if (begins && setting.purpose() == Setting.Purpose.PLAN && !setting.equals(plan)) {
      if (plan.microBatch() > 0) {
        changeSteps.add(step);
      }
      plan = setting;
    }
  }
}
