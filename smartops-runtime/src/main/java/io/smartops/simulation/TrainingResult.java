package io.smartops.simulation;

import java.util.List;

/**
 * What a simulated run came to.
 *
 * @param nanos time of the run, lost work included
 * @param oracleNanos time that the best setting of each step would have taken
 * @param outOfMemorySteps logical steps in which memory ran out, once for each time
 * @param accidentSteps those of them in which it ran out without a reason, whatever the policy
 * @param changes logical batches that began under another plan than the one before
 * @param changeSteps the logical steps of these changes
 * @param stepNanos time of each logical step, waiting for data included
 * @param oracleStepNanos what the best setting would have taken for each
 */
public record TrainingResult(
    double nanos,
    double oracleNanos,
    List<Long> outOfMemorySteps,
    List<Long> accidentSteps,
    int changes,
    List<Long> changeSteps,
    List<Double> stepNanos,
    List<Double> oracleStepNanos) {

  /** How often memory ran out because a micro-batch was too large. */
  public int failures() {
    return outOfMemorySteps.size() - accidentSteps.size();
  }

  /** Speed as a share of the oracle's, over the whole run. */
  public double share() {
    return oracleNanos / nanos;
  }

  /** Speed as a share of the oracle's from a logical step on, counted from 1; losses left out. */
  public double shareFrom(int step) {
    double own = 0;
    double best = 0;
    for (int i = step - 1; i < stepNanos.size(); i++) {
      own += stepNanos.get(i);
      best += oracleStepNanos.get(i);
    }
    return best / own;
  }
}
