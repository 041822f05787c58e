package io.smartops.benchmarks.compare;

import java.io.IOException;
import java.util.List;

/**
 * Counts the trials that are run.
 *
 * @param trials who runs them
 * @param countdown where they are counted
 */
record CountedTrials(Trials trials, Countdown countdown) implements Trials {
  @Override
  public Outcome run(Trial trial) throws IOException, InterruptedException {
    Outcome outcome = trials.run(trial);
    countdown.step();
    return outcome;
  }

  @Override
  public List<Outcome> runTogether(List<Trial> together) throws IOException, InterruptedException {
    List<Outcome> outcomes = trials.runTogether(together);
    together.forEach(trial -> countdown.step());
    return outcomes;
  }
}
