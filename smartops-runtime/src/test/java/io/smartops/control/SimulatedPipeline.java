package io.smartops.control;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.PriorityQueue;

/** An ordered pipeline of workers and one consumer, in simulated time. */
final class SimulatedPipeline {
  /** How long a build takes. */
  interface BuildLaw {
    long nanos(int index, LoaderPlan plan);
  }

  private record Build(long finishNanos, long nanos, int workersAtStart) {}

  private final LoaderController controller;
  private final BuildLaw buildLaw;
  private final long stepNanos;
  private double cpuShare = 0.02;
  private OptionalDouble idleCores = OptionalDouble.of(1);
  private OptionalDouble idleCoresAtHome = OptionalDouble.of(1);
  private long handOverNanos;
  private long bytes = 1_000;

  private final Map<Integer, Build> built = new HashMap<>();
  private final PriorityQueue<Long> workerFreeNanos = new PriorityQueue<>();
  final List<Decision> decisions = new ArrayList<>();

  /** The plans that were in force, one after another, told or not. */
  final List<LoaderPlan> plans = new ArrayList<>();

  private long nowNanos;
  private int drawn;
  private int delivered;

  SimulatedPipeline(LoaderController controller, BuildLaw buildLaw, long stepNanos) {
    this.controller = controller;
    this.buildLaw = buildLaw;
    this.stepNanos = stepNanos;
  }

  SimulatedPipeline cpu(double share, double idle) {
    cpuShare = share;
    idleCores = OptionalDouble.of(idle);
    return this;
  }

  /** The training thread's own builds use so many threads that they leave as few cores idle. */
  SimulatedPipeline crowdedAtHome() {
    idleCoresAtHome = idleCores;
    return this;
  }

  SimulatedPipeline handOver(long nanos) {
    handOverNanos = nanos;
    return this;
  }

  SimulatedPipeline bytes(long batchBytes) {
    bytes = batchBytes;
    return this;
  }

  /** Delivers so many batches, and gives the mean time of one. */
  double run(int deliveries) {
    long startNanos = nowNanos;
    for (int i = 0; i < deliveries; i++) {
      deliver();
    }
    return (double) (nowNanos - startNanos) / deliveries;
  }

  private void deliver() {
    draw();
    if (plans.isEmpty() || !plans.get(plans.size() - 1).equals(controller.plan())) {
      plans.add(controller.plan());
    }
    long cameNanos = nowNanos;
    int ready = 0;
    for (Build b : built.values()) {
      ready += b.finishNanos() <= cameNanos ? 1 : 0;
    }
    Build ahead = built.remove(delivered);
    Build build = ahead != null ? ahead : buildHere();
    if (ahead == null) {
      drawn = Math.max(drawn, delivered + 1);
    }
    nowNanos = Math.max(nowNanos, build.finishNanos()) + (ahead != null ? handOverNanos : 0);
    decisions.addAll(
        controller.observe(
            new LoaderObservation(
                delivered == 0,
                nowNanos - cameNanos,
                stepNanos,
                new LoaderBuildTimes(
                    build.nanos(),
                    0,
                    0,
                    build.nanos(),
                    OptionalLong.of((long) (cpuShare * build.nanos()))),
                build.workersAtStart(),
                ahead == null,
                ready,
                drawn - delivered,
                bytes,
                controller.plan().workers() == 0 ? idleCoresAtHome : idleCores)));
    delivered++;
    draw();
    nowNanos += stepNanos;
  }

  private Build buildHere() {
    long nanos = buildLaw.nanos(delivered, controller.plan());
    return new Build(nowNanos + nanos, nanos, controller.plan().workers());
  }

  private void draw() {
    LoaderPlan plan = controller.plan();
    while (workerFreeNanos.size() < plan.workers()) {
      workerFreeNanos.add(nowNanos);
    }
    while (workerFreeNanos.size() > plan.workers()) {
      workerFreeNanos.poll();
    }
    while (plan.workers() > 0 && drawn - delivered < plan.depth()) {
      long start = Math.max(nowNanos, workerFreeNanos.remove());
      long nanos = buildLaw.nanos(drawn, plan);
      workerFreeNanos.add(start + nanos);
      built.put(drawn++, new Build(start + nanos, nanos, plan.workers()));
    }
  }
}
