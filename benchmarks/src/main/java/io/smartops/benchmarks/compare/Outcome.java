package io.smartops.benchmarks.compare;

import com.google.gson.Gson;
import java.util.List;

/**
 * What came of a trial.
 *
 * @param failure why it did not finish; empty if it did
 * @param samplesPerSecond over all steps after the warm-up, waiting for data included
 * @param wholeSamplesPerSecond over all steps
 * @param finalLoss loss of the last logical batch
 * @param growthBytes by how much resident memory grew, from before the trainer was made to its peak
 * @param peakBytes the most resident memory
 * @param outOfMemoryErrors errors that were survived
 * @param decisions changes that SmartOps made
 * @param microBatch the micro-batch at the end
 */
record Outcome(
    String failure,
    double samplesPerSecond,
    double wholeSamplesPerSecond,
    double finalLoss,
    long growthBytes,
    long peakBytes,
    long outOfMemoryErrors,
    int decisions,
    int microBatch) {

  /** A run that did not finish. */
  static Outcome failed(String why) {
    return new Outcome(why, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  boolean finished() {
    return failure.isEmpty();
  }

  static String toJson(List<Outcome> outcomes) {
    return new Gson().toJson(outcomes);
  }

  static List<Outcome> fromJson(String json) {
    return List.of(new Gson().fromJson(json, Outcome[].class));
  }
}
