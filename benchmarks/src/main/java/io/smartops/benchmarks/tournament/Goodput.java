package io.smartops.benchmarks.tournament;

import io.smartops.simulation.DeviceMemory;
import io.smartops.simulation.Outcome;
import io.smartops.simulation.Scenario;

/**
 * AdaptDL's throughput model at a constant logical batch, where goodput is throughput: the time of
 * a micro-batch is taken to be α + β·m, fitted to all that was measured; from {@link #CANDIDATES}
 * geometric sizes up to the bound that the user must give, the one with the best predicted
 * throughput is taken if it is {@link #LEAST_GAIN} times as fast as the present, at most every
 * {@link #REFIT_NANOS}. It begins with the bound. When memory runs out, the job resumes from a
 * checkpoint with half the bound.
 */
final class Goodput extends Rival {
  private static final int CANDIDATES = 50;
  private static final double LEAST_GAIN = 1.05;
  private static final long REFIT_NANOS = 30_000_000_000L;
  private static final double BOUND_SHARE = 0.9;

  private final int logicalBatch;
  private int bound;
  private long sinceRefitNanos;
  private double n;
  private double sumSize;
  private double sumNanos;
  private double sumSizeSize;
  private double sumSizeNanos;

  Goodput(Scenario scenario, Knobs knobs) {
    super("goodput (AdaptDL)", scenario, knobs);
    logicalBatch = scenario.work().logicalBatch();
    bound = DeviceMemory.largest(scenario, arithmetic(), BOUND_SHARE);
    setMicroBatch(bound);
  }

  @Override
  public void done(Outcome outcome) {
    double size = outcome.size();
    double nanos = outcome.nanos();
    n++;
    sumSize += size;
    sumNanos += nanos;
    sumSizeSize += size * size;
    sumSizeNanos += size * nanos;
    sinceRefitNanos += outcome.nanos();
    if (sinceRefitNanos >= REFIT_NANOS && outcome.endsBatch()) {
      sinceRefitNanos = 0;
      refit();
    }
  }

  private void refit() {
    double spread = n * sumSizeSize - sumSize * sumSize;
    double perSample = spread > 0 ? (n * sumSizeNanos - sumSize * sumNanos) / spread : 0;
    double fixed = Math.max(0, (sumNanos - perSample * sumSize) / n);
    int best = microBatch();
    for (int i = 0; i <= CANDIDATES; i++) {
      int size = (int) Math.round(Math.pow(bound, (double) i / CANDIDATES));
      best = nanos(size, fixed, perSample) < nanos(best, fixed, perSample) ? size : best;
    }
    double gain = nanos(microBatch(), fixed, perSample) / nanos(best, fixed, perSample);
    setMicroBatch(gain > LEAST_GAIN ? best : microBatch());
  }

  private double nanos(int size, double fixed, double perSample) {
    return Math.ceil((double) logicalBatch / size) * fixed + perSample * logicalBatch;
  }

  @Override
  public Recovery outOfMemory(Outcome outcome) {
    bound = Math.max(1, outcome.size() / 2);
    setMicroBatch(bound);
    return Recovery.RESUME;
  }
}
