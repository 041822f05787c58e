package io.smartops.control;

import java.util.ArrayDeque;
import java.util.function.ToLongFunction;

/** The latest deliveries since the plan changed, and what they say together. */
final class LoaderWindow {
  /** Deliveries that are remembered: enough for a median, few enough to follow a new regime. */
  static final int LENGTH = 16;

  private final ArrayDeque<LoaderObservation> recent = new ArrayDeque<>();

  void add(LoaderObservation observation) {
    if (recent.size() == LENGTH) {
      recent.removeFirst();
    }
    recent.addLast(observation);
  }

  void clear() {
    recent.clear();
  }

  int size() {
    return recent.size();
  }

  /** Deliveries whose build began under this workers setting. */
  int builtUnder(int workers) {
    return (int) recent.stream().filter(o -> o.workersAtStart() == workers).count();
  }

  long medianBuildNanos(int workers) {
    return median(workers, o -> o.build().wallNanos());
  }

  long medianBuildNanos() {
    return median(-1, o -> o.build().wallNanos());
  }

  long medianStepNanos() {
    return median(-1, LoaderObservation::stepNanos);
  }

  private long median(int workers, ToLongFunction<LoaderObservation> figure) {
    long[] sorted =
        recent.stream()
            .filter(o -> workers < 0 || o.workersAtStart() == workers)
            .mapToLong(figure)
            .sorted()
            .toArray();
    return sorted.length == 0 ? 0 : sorted[sorted.length / 2];
  }

  /** Share of the loop's time that the training thread waited. */
  double waitShare() {
    return (double) sum(LoaderObservation::waitNanos)
        / Math.max(1, sum(LoaderObservation::periodNanos));
  }

  /** Mean processor cores that one build keeps busy; 0 where the JVM cannot tell. */
  double cpuShare() {
    return (double) sum(o -> o.build().cpuNanos().orElse(0))
        / Math.max(1, sum(o -> o.build().wallNanos()));
  }

  long largestBytes() {
    return recent.stream().mapToLong(LoaderObservation::bytes).max().orElse(0);
  }

  /** Whether some delivery found all that need not run ready, and yet others had to wait. */
  boolean wasFull(LoaderPlan plan) {
    return recent.stream().anyMatch(o -> isFull(o, plan));
  }

  static boolean isFull(LoaderObservation o, LoaderPlan plan) {
    return o.readyBefore() + plan.workers() >= plan.depth();
  }

  /** Whether every core was busy of late, as far as is known. */
  boolean noCoreFree(double idleCoresLeast) {
    return recent.stream()
        .reduce((first, second) -> second)
        .map(o -> o.idleCores().orElse(idleCoresLeast) < idleCoresLeast)
        .orElse(false);
  }

  LoaderBottleneck slowestStage() {
    long read = sum(o -> o.build().readNanos());
    long transform = sum(o -> o.build().transformNanos());
    long copy = sum(o -> o.build().copyNanos());
    if (read >= transform && read >= copy) {
      return LoaderBottleneck.READING;
    }
    return transform >= copy ? LoaderBottleneck.TRANSFORM : LoaderBottleneck.COPY;
  }

  private long sum(ToLongFunction<LoaderObservation> figure) {
    return recent.stream().mapToLong(figure).sum();
  }
}
