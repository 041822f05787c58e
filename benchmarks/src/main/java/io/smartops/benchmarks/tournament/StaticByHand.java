package io.smartops.benchmarks.tournament;

import io.smartops.simulation.DeviceMemory;
import io.smartops.simulation.Outcome;
import io.smartops.simulation.Scenario;

/**
 * A careful user: measures, and takes the largest of whole batch, half, quarter, … that leaves
 * {@link #KEPT_SHARE} of the memory free. When memory runs out all the same, the job is started
 * again by hand from a checkpoint with half of that.
 */
final class StaticByHand extends Rival {
  static final double KEPT_SHARE = 0.2;

  StaticByHand(Scenario scenario, Knobs knobs) {
    super("static, by hand", scenario, knobs);
    setMicroBatch(DeviceMemory.largestHalving(scenario, arithmetic(), 1 - KEPT_SHARE));
  }

  @Override
  public Recovery outOfMemory(Outcome outcome) {
    setMicroBatch(outcome.size() / 2);
    return Recovery.RESUME;
  }
}
