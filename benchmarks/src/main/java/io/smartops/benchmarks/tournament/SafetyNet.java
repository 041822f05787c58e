package io.smartops.benchmarks.tournament;

import io.smartops.simulation.Arithmetic;
import io.smartops.simulation.Outcome;
import io.smartops.simulation.Scenario;
import io.smartops.simulation.Setting;
import io.smartops.simulation.Situation;

/**
 * The 0.95 rule of a safety net: while the process holds {@link #CRITICAL_SHARE} of the memory or
 * more, precision is lowered first, if the model allows it, then the micro-batch is halved, once
 * for each logical batch. It begins with the whole batch in single precision and halves when memory
 * runs out all the same.
 */
final class SafetyNet extends HalveOnFailure {
  static final double CRITICAL_SHARE = 0.95;

  private final Arithmetic lowest;
  private Arithmetic present = Arithmetic.SINGLE;

  SafetyNet(Scenario scenario, Knobs knobs) {
    super("0.95 rule (safety net)", scenario, knobs);
    lowest = Knobs.fastest(scenario);
  }

  @Override
  public Setting next(Situation situation) {
    if (situation.begins() && situation.usedBytes() >= CRITICAL_SHARE * situation.capacityBytes()) {
      relieve();
    }
    Setting usual = setting(Setting.Purpose.PLAN);
    return new Setting(
        usual.microBatch(), present, usual.workers(), usual.depth(), Setting.Purpose.PLAN);
  }

  private void relieve() {
    if (present != lowest) {
      present = lowest;
    } else {
      setMicroBatch(microBatch() / 2);
    }
  }

  @Override
  public Recovery outOfMemory(Outcome outcome) {
    present = lowest;
    return super.outOfMemory(outcome);
  }
}
