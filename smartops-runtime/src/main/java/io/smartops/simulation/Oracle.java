package io.smartops.simulation;

import java.util.HashMap;
import java.util.Map;

/**
 * Knows a scenario's laws, and for each logical step the best of all settings: every way to cut the
 * batch, every arithmetic, every number of workers, found by an exhaustive sweep. It learns
 * nothing, fails never, and changes at no cost.
 *
 * <p>Not thread-safe.
 */
public final class Oracle {
  private final Scenario scenario;
  private final Map<Double, Double> bestByFreeBytes = new HashMap<>();
  private final double bestDataNanos;

  /** An oracle for one scenario. */
  public Oracle(Scenario scenario) {
    this.scenario = scenario;
    bestDataNanos = bestDataNanos(scenario.pipeline());
  }

  private static double bestDataNanos(Pipeline pipeline) {
    double best = Double.POSITIVE_INFINITY;
    for (int workers = 1; workers <= Pipeline.MOST_WORKERS; workers++) {
      best = Math.min(best, 1 / pipeline.rate(workers));
    }
    return best;
  }

  /** Mean time of a logical step under the best setting. */
  public double bestNanos(long step) {
    double compute =
        bestByFreeBytes.computeIfAbsent(scenario.freeBytes(step), this::bestComputeNanos)
            * scenario.disturbance().slowdown(step);
    double ahead = Math.max(compute + Pipeline.HAND_OVER_NANOS, bestDataNanos);
    return Math.min(ahead, compute + scenario.pipeline().buildNanos());
  }

  private double bestComputeNanos(double freeBytes) {
    double best = Double.POSITIVE_INFINITY;
    for (Arithmetic arithmetic : Arithmetic.values()) {
      if (arithmetic == Arithmetic.SINGLE || scenario.work().allowsHalf()) {
        best = Math.min(best, bestComputeNanos(freeBytes, arithmetic));
      }
    }
    return best + scenario.stepNanos();
  }

  private double bestComputeNanos(double freeBytes, Arithmetic arithmetic) {
    int samples = scenario.work().logicalBatch();
    double best = Double.POSITIVE_INFINITY;
    for (int parts = 1; parts <= samples; parts++) {
      int larger = (samples + parts - 1) / parts;
      if (scenario.growthBytes(larger, arithmetic) <= freeBytes) {
        best = Math.min(best, nanos(samples, parts, arithmetic));
      }
    }
    return best * scenario.disturbance().meanNoise();
  }

  private double nanos(int samples, int parts, Arithmetic arithmetic) {
    int smaller = samples / parts;
    int extra = samples % parts;
    return extra * (extra > 0 ? scenario.microBatchNanos(smaller + 1, arithmetic) : 0)
        + (parts - extra) * scenario.microBatchNanos(smaller, arithmetic);
  }
}
