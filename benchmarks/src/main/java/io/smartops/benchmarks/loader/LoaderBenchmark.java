package io.smartops.benchmarks.loader;

import ai.djl.translate.TranslateException;
import io.smartops.SmartLoaderStats;
import io.smartops.benchmarks.loader.LoaderRival.Measured;
import java.io.IOException;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How close does the adaptive loader come to the best static setting, without being told it?
 * Against DJL with no executor, DJL with an executor at its default, and static sweeps over workers
 * and depth of DJL's own iterator and of this loader. A first round finds the best of each sweep;
 * that figure is forgotten, since the least of many noisy ones flatters. Then the finalists run in
 * turn, so that the machine's drift meets all alike, and the medians of these passes are compared.
 *
 * <pre>
 * ./mvnw -q -DskipTests install &amp;&amp; ./mvnw -q -pl benchmarks exec:java \
 *   -Dexec.mainClass=io.smartops.benchmarks.loader.LoaderBenchmark -Dexec.args="5 abcde"
 * </pre>
 *
 * <p>The arguments: rounds of the final, and the conditions by letter.
 */
public final class LoaderBenchmark {
  private static final int[] SWEPT_WORKERS = {1, 2, 4, 8, 16, 32, 64};
  private static final int[] SWEPT_DEPTH_FACTORS = {1, 2, 4};

  private final int rounds;

  private LoaderBenchmark(int rounds) {
    this.rounds = rounds;
  }

  /** Runs the comparison and prints a Markdown table. */
  public static void main(String[] args) throws IOException, TranslateException {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
    String letters = args.length > 1 ? args[1] : "abcde";
    System.out.printf(
        "Machine: %d cores, Java %s, %s; %d rounds, medians; time a batch after %d batches%n%n",
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        System.getProperty("os.name") + " " + System.getProperty("os.arch"),
        rounds,
        LoaderRival.SETTLING_BATCHES);
    System.out.println(
        "| condition | loader | ms a batch | spread | share of best static | times plain DJL |");
    System.out.println("|---|---|---:|---:|---:|---:|");
    for (LoaderScenario scenario : LoaderScenarios.all()) {
      if (letters.contains(scenario.name().substring(0, 1))) {
        new LoaderBenchmark(rounds).compare(scenario);
      }
    }
  }

  private void compare(LoaderScenario scenario) throws IOException, TranslateException {
    // Once for the JIT compiler, uncounted.
    LoaderRival.adaptive().run(scenario);
    LoaderRival bestDjl = best(scenario, sweep(LoaderRival.djl(), LoaderRival::djlStatic));
    LoaderRival bestFixed = best(scenario, sweep(LoaderRival.fixed(0, 1), LoaderRival::fixed));
    List<Finalist> finalists =
        Stream.of(
                LoaderRival.djl(),
                LoaderRival.djlExecutor(),
                bestDjl,
                bestFixed,
                LoaderRival.adaptive())
            .map(rival -> new Finalist(rival, new ArrayList<>()))
            .toList();
    for (int round = 0; round < rounds; round++) {
      for (Finalist finalist : finalists) {
        finalist.runs.add(finalist.rival.run(scenario));
      }
    }
    print(scenario, finalists);
  }

  /** A way to load that takes part in the final, and its passes. */
  private record Finalist(LoaderRival rival, List<Measured> runs) {
    double medianMillis() {
      double[] sorted = runs.stream().mapToDouble(Measured::steadyMillis).sorted().toArray();
      return sorted[sorted.length / 2];
    }

    DoubleSummaryStatistics spread() {
      return runs.stream().mapToDouble(Measured::steadyMillis).summaryStatistics();
    }
  }

  private interface Setting {
    LoaderRival with(int workers, int depth);
  }

  private static List<LoaderRival> sweep(LoaderRival onTrainingThread, Setting setting) {
    List<LoaderRival> rivals = new ArrayList<>(List.of(onTrainingThread));
    for (int workers : SWEPT_WORKERS) {
      for (int factor : SWEPT_DEPTH_FACTORS) {
        rivals.add(setting.with(workers, workers * factor));
      }
    }
    return rivals;
  }

  private static LoaderRival best(LoaderScenario scenario, List<LoaderRival> rivals)
      throws IOException, TranslateException {
    Map<Double, LoaderRival> byTime = new TreeMap<>();
    for (LoaderRival rival : rivals) {
      double millis = rival.run(scenario).steadyMillis();
      System.err.printf(Locale.ROOT, "  sweep: %s: %.3f ms%n", rival.name, millis);
      byTime.put(millis, rival);
    }
    return byTime.values().iterator().next();
  }

  private static void print(LoaderScenario scenario, List<Finalist> finalists) {
    double plain = finalists.get(0).medianMillis();
    double best = Math.min(finalists.get(2).medianMillis(), finalists.get(3).medianMillis());
    best = Math.min(best, plain);
    for (Finalist finalist : finalists) {
      double millis = finalist.medianMillis();
      System.out.printf(
          Locale.ROOT,
          "| %s | %s | %.3f | %.3f–%.3f | %.1f %% | %.2f |%n",
          scenario.name(),
          finalist.rival.name,
          millis,
          finalist.spread().getMin(),
          finalist.spread().getMax(),
          100 * best / millis,
          plain / millis);
    }
    explain(finalists.get(4).runs.get(0));
  }

  /** What the adaptive loader chose and why, on the error stream: the table stays a table. */
  private static void explain(Measured adaptive) {
    SmartLoaderStats stats = adaptive.stats();
    if (stats == null) {
      return;
    }
    System.err.printf(
        "chose %d workers, depth %d; bottleneck: %s; held at most %d of %d bytes; %d preempted%n",
        stats.workers(),
        stats.depth(),
        stats.bottleneck(),
        stats.peakBytes(),
        stats.capBytes(),
        stats.preemptedBuilds());
    stats.decisions().forEach(decision -> System.err.println("  " + decision.describe()));
  }
}
