package io.smartops.benchmarks.tournament;

import io.smartops.simulation.Outcome;
import io.smartops.simulation.Scenario;
import io.smartops.simulation.Setting;
import io.smartops.simulation.Situation;

/**
 * PyTorch Lightning's batch size scaler in mode {@code binsearch}: before training, trials of
 * {@link #TRIAL_STEPS} steps from 2 samples up, doubled until memory runs out, then bisected; what
 * the trials compute is thrown away. When memory runs out in training, the job is started again by
 * hand from a checkpoint with half.
 */
final class PowerSearch extends Rival {
  private static final int FIRST = 2;
  private static final int TRIAL_STEPS = 3;

  private final int most;
  private int good = 1;
  private int bad = Integer.MAX_VALUE;
  private int steps;
  private boolean searching = true;

  PowerSearch(Scenario scenario, Knobs knobs) {
    super("power and binary search (Lightning)", scenario, knobs);
    most = scenario.work().logicalBatch();
    setMicroBatch(FIRST);
  }

  @Override
  public Setting next(Situation situation) {
    return setting(searching ? Setting.Purpose.DISCARDED : Setting.Purpose.PLAN);
  }

  @Override
  public void done(Outcome outcome) {
    if (searching && ++steps == TRIAL_STEPS) {
      good = microBatch();
      goOn();
    }
  }

  @Override
  public Recovery outOfMemory(Outcome outcome) {
    if (!searching) {
      setMicroBatch(outcome.size() / 2);
      return Recovery.RESUME;
    }
    bad = microBatch();
    goOn();
    return Recovery.REPLAY;
  }

  private void goOn() {
    steps = 0;
    int next = bad == Integer.MAX_VALUE ? Math.min(most, 2 * good) : (good + bad) / 2;
    searching = next > good && next < bad;
    setMicroBatch(searching ? next : good);
  }
}
