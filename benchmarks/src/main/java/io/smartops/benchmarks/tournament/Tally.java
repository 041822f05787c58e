package io.smartops.benchmarks.tournament;

import io.smartops.simulation.Scenario;
import io.smartops.simulation.TrainingResult;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** One policy's results over all scenarios. */
final class Tally {
  /** Steady state begins here. */
  static final int SETTLED_STEP = 31;

  /** Share of the oracle's speed at which a policy has recovered. */
  static final double RECOVERED_SHARE = 0.9;

  /** Steps in a row at that speed that count. */
  private static final int RECOVERED_STEPS = 3;

  private final String policy;
  private final List<TrainingResult> results = new ArrayList<>();
  private final List<Integer> recoverySteps = new ArrayList<>();
  private @Nullable Long worstSeed;

  Tally(String policy) {
    this.policy = policy;
  }

  void add(Scenario scenario, TrainingResult result) {
    if (results.stream().allMatch(r -> r.share() > result.share())) {
      worstSeed = scenario.seed();
    }
    results.add(result);
    scenario
        .disturbance()
        .neighbours()
        .forEach(
            n -> {
              addRecovery(result, n.fromStep());
              addRecovery(result, n.toStep());
            });
  }

  private void addRecovery(TrainingResult result, long event) {
    if (event + RECOVERED_STEPS < result.stepNanos().size()) {
      recovery(result, (int) event)
          .ifPresentOrElse(recoverySteps::add, () -> recoverySteps.add(Integer.MAX_VALUE));
    }
  }

  private static OptionalInt recovery(TrainingResult result, int event) {
    int inARow = 0;
    for (int i = event - 1; i < result.stepNanos().size(); i++) {
      boolean fast = result.oracleStepNanos().get(i) >= RECOVERED_SHARE * result.stepNanos().get(i);
      inARow = fast ? inARow + 1 : 0;
      if (inARow == RECOVERED_STEPS) {
        return OptionalInt.of(i - event + 2 - RECOVERED_STEPS);
      }
    }
    return OptionalInt.empty();
  }

  String policy() {
    return policy;
  }

  List<Double> shares() {
    return results.stream().map(TrainingResult::share).sorted().toList();
  }

  double meanShare() {
    return mean(TrainingResult::share);
  }

  int failures() {
    return results.stream().mapToInt(TrainingResult::failures).sum();
  }

  private int accidents() {
    return results.stream().mapToInt(r -> r.accidentSteps().size()).sum();
  }

  private double mean(ToDoubleFunction<TrainingResult> figure) {
    return results.stream().mapToDouble(figure).average().orElse(0);
  }

  static String header() {
    return "| policy | mean | after step 30 | worst (seed) | out of memory | by accident | changes a run | recovery: median steps | never |\n"
        + "|---|---:|---:|---:|---:|---:|---:|---:|---:|";
  }

  /** A line of a Markdown table. */
  String row() {
    List<Integer> sorted = recoverySteps.stream().sorted().toList();
    long never = sorted.stream().filter(steps -> steps == Integer.MAX_VALUE).count();
    String median = sorted.isEmpty() ? "–" : inWords(sorted.get(sorted.size() / 2));
    return "| %s | %.1f %% | %.1f %% | %.1f %% (%d) | %d | %d | %.1f | %s | %.0f %% |"
        .formatted(
            policy,
            100 * meanShare(),
            100 * mean(r -> r.shareFrom(SETTLED_STEP)),
            100 * shares().get(0),
            worstSeed,
            failures(),
            accidents(),
            mean(TrainingResult::changes),
            median,
            100.0 * never / Math.max(1, sorted.size()));
  }

  private static String inWords(int steps) {
    return steps == Integer.MAX_VALUE ? "never" : Integer.toString(steps);
  }
}
