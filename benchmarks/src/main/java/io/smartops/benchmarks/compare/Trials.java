package io.smartops.benchmarks.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Runs trials somewhere. */
interface Trials {
  /** Runs a trial by itself. */
  Outcome run(Trial trial) throws IOException, InterruptedException;

  /** Runs each trial by itself, one after the other. */
  default List<Outcome> runEach(List<Trial> trials) throws IOException, InterruptedException {
    List<Outcome> outcomes = new ArrayList<>();
    for (Trial trial : trials) {
      outcomes.add(run(trial));
    }
    return outcomes;
  }

  /** Runs trials one after the other; where there are processes, in one. */
  default List<Outcome> runTogether(List<Trial> trials) throws IOException, InterruptedException {
    return runEach(trials);
  }
}
