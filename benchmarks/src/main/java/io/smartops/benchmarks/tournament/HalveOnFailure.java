package io.smartops.benchmarks.tournament;

import io.smartops.simulation.Outcome;
import io.smartops.simulation.Scenario;

/**
 * MosaicML Composer's {@code device_train_microbatch_size="auto"}: the whole batch, half of it when
 * memory runs out and the batch again; it never grows.
 */
class HalveOnFailure extends Rival {

  HalveOnFailure(Scenario scenario, Knobs knobs) {
    this("halve on failure (Composer)", scenario, knobs);
  }

  HalveOnFailure(String name, Scenario scenario, Knobs knobs) {
    super(name, scenario, knobs);
  }

  @Override
  public Recovery outOfMemory(Outcome outcome) {
    setMicroBatch(outcome.size() / 2);
    return Recovery.REPLAY;
  }
}
