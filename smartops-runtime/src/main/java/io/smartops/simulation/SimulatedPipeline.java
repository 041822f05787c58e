package io.smartops.simulation;

import io.smartops.control.LoaderBuildTimes;
import io.smartops.control.LoaderObservation;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * An ordered pipeline of workers and one consumer, in simulated time. With no workers the consumer
 * builds each batch itself. Builds that need more cores than there are take longer.
 *
 * <p>Not thread-safe.
 */
public final class SimulatedPipeline {
  private record Build(long finishNanos, long nanos, int workersAtStart) {}

  private final Pipeline pipeline;
  private final ManualClock clock;
  private final Random random;
  private final Map<Integer, Build> built = new HashMap<>();
  private final PriorityQueue<Long> workersFreeNanos = new PriorityQueue<>();
  private int drawn;
  private int delivered;
  private long leftNanos;

  /** A pipeline that has built nothing yet. */
  public SimulatedPipeline(Pipeline pipeline, long seed, ManualClock clock) {
    this.pipeline = pipeline;
    this.clock = clock;
    random = new Random(seed);
  }

  /** Waits for the next batch, under the settings given. */
  public LoaderObservation take(int workers, int depth) {
    draw(workers, depth);
    long cameNanos = clock.getAsLong();
    int ready = 0;
    for (Build build : built.values()) {
      ready += build.finishNanos() <= cameNanos ? 1 : 0;
    }
    Build ahead = built.remove(delivered);
    Build build = ahead != null ? ahead : buildHere(cameNanos, workers);
    drawn = Math.max(drawn, delivered + 1);
    long handOver = ahead != null ? Pipeline.HAND_OVER_NANOS : 0;
    clock.advanceNanos(Math.max(0, build.finishNanos() - cameNanos) + handOver);
    LoaderObservation observation =
        new LoaderObservation(
            delivered == 0,
            clock.getAsLong() - cameNanos,
            cameNanos - leftNanos,
            times(build.nanos()),
            build.workersAtStart(),
            ahead == null,
            ready,
            drawn - delivered,
            pipeline.batchBytes(),
            OptionalDouble.of(Math.max(0, pipeline.cores() - 1 - workers * pipeline.busyCores())));
    delivered++;
    leftNanos = clock.getAsLong();
    draw(workers, depth);
    return observation;
  }

  private LoaderBuildTimes times(long nanos) {
    return new LoaderBuildTimes(
        nanos, 0, 0, nanos, OptionalLong.of((long) (pipeline.busyCores() * nanos)));
  }

  private Build buildHere(long now, int workers) {
    long nanos = buildNanos(1);
    return new Build(now + nanos, nanos, workers);
  }

  private void draw(int workers, int depth) {
    long now = clock.getAsLong();
    while (workersFreeNanos.size() < workers) {
      workersFreeNanos.add(now);
    }
    while (workersFreeNanos.size() > workers) {
      workersFreeNanos.poll();
    }
    int most = (int) Math.min(depth, Math.max(1, pipeline.capBytes() / pipeline.batchBytes()));
    while (workers > 0 && drawn - delivered < most) {
      long start = Math.max(now, workersFreeNanos.remove());
      long nanos = buildNanos(workers);
      workersFreeNanos.add(start + nanos);
      built.put(drawn++, new Build(start + nanos, nanos, workers));
    }
  }

  private long buildNanos(int atOnce) {
    double crowd = Math.max(1, atOnce * pipeline.busyCores() / pipeline.cores());
    double spread = pipeline.spread();
    double luck = Math.exp(spread * random.nextGaussian() - spread * spread / 2);
    return Math.max(1, (long) (pipeline.buildNanos() * crowd * luck));
  }
}
