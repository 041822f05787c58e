package io.smartops.benchmarks.tournament;

import io.smartops.control.LoaderObservation;
import io.smartops.simulation.Pipeline;
import io.smartops.simulation.Scenario;
import io.smartops.simulation.Setting;
import io.smartops.simulation.Situation;

/**
 * tf.data's AUTOTUNE: parallelism climbs by one while the step waits, up to the cores of the host;
 * the prefetch buffer doubles whenever it was full and is then found empty; neither ever shrinks.
 * The micro-batch is halved on failure.
 */
final class GrowOnlyPrefetch extends HalveOnFailure {
  private static final int FIRST_DEPTH = 2;
  private static final double WAIT_SHARE = 0.01;

  private final int cores;
  private int workers = 1;
  private int depth = FIRST_DEPTH;
  private boolean wasFull;

  GrowOnlyPrefetch(Scenario scenario, Knobs knobs) {
    super("grow-only prefetch (tf.data)", scenario, knobs);
    cores = scenario.pipeline().cores();
  }

  @Override
  public int firstWorkers() {
    return workers;
  }

  @Override
  public Setting next(Situation situation) {
    situation.delivery().ifPresent(this::observe);
    return new Setting(microBatch(), arithmetic(), workers, depth, Setting.Purpose.PLAN);
  }

  private void observe(LoaderObservation delivery) {
    double period = (double) delivery.waitNanos() + delivery.stepNanos();
    boolean waits = delivery.waitNanos() - Pipeline.HAND_OVER_NANOS > WAIT_SHARE * period;
    workers = waits ? Math.min(cores, workers + 1) : workers;
    if (wasFull && delivery.readyBefore() == 0) {
      depth *= 2;
      wasFull = false;
    }
    depth = Math.max(depth, workers);
    wasFull |= delivery.readyBefore() + 1 >= depth;
  }
}
