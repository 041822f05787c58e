package io.smartops.control;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.function.Predicate;
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

  /** Whether it holds as many deliveries as it can. */
  boolean isFilled() {
    return recent.size() == LENGTH;
  }

  int size() {
    return recent.size();
  }

  /** Deliveries whose build began under this workers setting. */
  int builtUnder(int workers) {
    int count = 0;
    for (LoaderObservation o : recent) {
      count += o.workersAtStart() == workers ? 1 : 0;
    }
    return count;
  }

  /**
   * Lower quartile over the builds that began under this workers setting. A shared resource slows
   * every build, the quick ones too; a burst of the source does not.
   */
  long quickBuildNanos(int workers) {
    return quantile(o -> o.build().wallNanos(), o -> o.workersAtStart() == workers, 4);
  }

  long medianBuildNanos() {
    return quantile(o -> o.build().wallNanos(), o -> true, 2);
  }

  /** The mean says what a bursty source needs in the long run, the median is robust. */
  long typicalBuildNanos() {
    return Math.max(medianBuildNanos(), sum(o -> o.build().wallNanos()) / Math.max(1, size()));
  }

  long medianStepNanos() {
    return quantile(LoaderObservation::stepNanos, o -> true, 2);
  }

  /** The figure below which one in {@code parts} lies. */
  private long quantile(
      ToLongFunction<LoaderObservation> figure, Predicate<LoaderObservation> counts, int parts) {
    long[] figures = new long[recent.size()];
    int count = 0;
    for (LoaderObservation o : recent) {
      if (counts.test(o)) {
        figures[count++] = figure.applyAsLong(o);
      }
    }
    Arrays.sort(figures, 0, count);
    return count == 0 ? 0 : figures[count / parts];
  }

  /** Share of the loop's time that the training thread waited. */
  double waitShare() {
    return (double) sum(LoaderObservation::waitNanos)
        / Math.max(1, sum(LoaderObservation::periodNanos));
  }

  long meanWaitNanos() {
    return sum(LoaderObservation::waitNanos) / Math.max(1, size());
  }

  /** Share of the loop's time that building would take, or takes, on the training thread. */
  double buildShare() {
    long build = medianBuildNanos();
    return (double) build / Math.max(1, build + medianStepNanos());
  }

  /** Mean processor cores that one build keeps busy; 0 where none was asked. */
  double cpuShare() {
    return (double) sum(o -> o.build().cpuNanos().orElse(0))
        / Math.max(1, sum(o -> o.build().cpuNanos().isPresent() ? o.build().wallNanos() : 0));
  }

  long largestBytes() {
    long largest = 0;
    for (LoaderObservation o : recent) {
      largest = Math.max(largest, o.bytes());
    }
    return largest;
  }

  /** Whether some delivery found all that need not run ready, and yet others had to wait. */
  boolean wasFull(LoaderPlan plan) {
    return recent.stream().anyMatch(o -> isFull(o, plan));
  }

  static boolean isFull(LoaderObservation o, LoaderPlan plan) {
    return o.readyBefore() + plan.workers() >= plan.depth();
  }

  /** Cores that the process is known to have left idle at the latest delivery. */
  double idleCores() {
    return recent.isEmpty() ? 0 : recent.getLast().idleCores().orElse(0);
  }

  /** Whether the process is known to have left this many cores idle at the latest delivery. */
  boolean hasIdleCores(double cores) {
    return idleCores() >= cores;
  }

  /** Whether the process could gain less than this many cores at the latest delivery. */
  boolean hasFewerIdleCoresThan(double cores) {
    return !recent.isEmpty() && recent.getLast().idleCores().orElse(cores) < cores;
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
    long sum = 0;
    for (LoaderObservation o : recent) {
      sum += figure.applyAsLong(o);
    }
    return sum;
  }
}
