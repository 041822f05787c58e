package io.smartops.benchmarks.tournament;

import io.smartops.simulation.Outcome;
import io.smartops.simulation.Scenario;

/**
 * Hugging Face Accelerate's {@code find_executable_batch_size} with its recipe for a constant
 * logical batch: when memory runs out the training function starts over with nine tenths of the
 * micro-batch.
 */
final class RestartSmaller extends Rival {
  private static final double FACTOR = 0.9;

  RestartSmaller(Scenario scenario, Knobs knobs) {
    super("×0.9 and start over (Accelerate)", scenario, knobs);
  }

  @Override
  public Recovery outOfMemory(Outcome outcome) {
    setMicroBatch((int) (FACTOR * microBatch()));
    return Recovery.START_OVER;
  }
}
