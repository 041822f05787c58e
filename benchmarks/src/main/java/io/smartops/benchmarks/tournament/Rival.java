package io.smartops.benchmarks.tournament;

import io.smartops.simulation.Arithmetic;
import io.smartops.simulation.Outcome;
import io.smartops.simulation.Scenario;
import io.smartops.simulation.Setting;
import io.smartops.simulation.Situation;
import io.smartops.simulation.TrainingPolicy;

/**
 * What the rivals have in common: {@link Knobs} that stay, and two batches ahead for each worker
 * (PyTorch's {@code prefetch_factor}). Each begins with the whole batch.
 */
abstract class Rival implements TrainingPolicy {
  private static final int AHEAD_OF_WORKER = 2;

  private final String name;
  private final Knobs knobs;
  private int microBatch;

  Rival(String name, Scenario scenario, Knobs knobs) {
    this.name = name;
    this.knobs = knobs;
    microBatch = scenario.work().logicalBatch();
  }

  Arithmetic arithmetic() {
    return knobs.arithmetic();
  }

  @Override
  public int firstWorkers() {
    return knobs.workers();
  }

  int microBatch() {
    return microBatch;
  }

  void setMicroBatch(int samples) {
    microBatch = Math.max(1, samples);
  }

  Setting setting(Setting.Purpose purpose) {
    int workers = knobs.workers();
    int depth = Math.max(1, AHEAD_OF_WORKER * workers);
    return new Setting(microBatch, knobs.arithmetic(), workers, depth, purpose);
  }

  @Override
  public Setting next(Situation situation) {
    return setting(Setting.Purpose.PLAN);
  }

  @Override
  public void done(Outcome outcome) {}

  @Override
  public String toString() {
    return name;
  }
}
