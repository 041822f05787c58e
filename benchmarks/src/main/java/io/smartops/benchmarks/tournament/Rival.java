package io.smartops.benchmarks.tournament;

import io.smartops.simulation.Arithmetic;
import io.smartops.simulation.Outcome;
import io.smartops.simulation.Pipeline;
import io.smartops.simulation.Scenario;
import io.smartops.simulation.Setting;
import io.smartops.simulation.Situation;
import io.smartops.simulation.TrainingPolicy;

/**
 * What the rivals have in common, at its documented best: the user who runs them knows that the
 * model trains in half precision and turns it on by hand, and gives the loader one worker for each
 * core of the host, with two batches ahead for each worker (PyTorch's default).
 */
abstract class Rival implements TrainingPolicy {
  private static final int AHEAD_OF_WORKER = 2;

  private final String name;
  private final Pipeline pipeline;
  private final Arithmetic arithmetic;
  private int microBatch;

  Rival(String name, Scenario scenario) {
    this.name = name;
    pipeline = scenario.pipeline();
    arithmetic = scenario.work().allowsHalf() ? Arithmetic.HALF : Arithmetic.SINGLE;
    microBatch = scenario.work().logicalBatch();
  }

  /** The arithmetic of a user who knows the model. */
  Arithmetic arithmetic() {
    return arithmetic;
  }

  int microBatch() {
    return microBatch;
  }

  void setMicroBatch(int samples) {
    microBatch = Math.max(1, samples);
  }

  Setting setting(Setting.Purpose purpose) {
    int workers = pipeline.cores();
    return new Setting(microBatch, arithmetic, workers, AHEAD_OF_WORKER * workers, purpose);
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
