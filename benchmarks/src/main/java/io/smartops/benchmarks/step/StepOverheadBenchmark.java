package io.smartops.benchmarks.step;

import io.smartops.benchmarks.step.StepWorker.Who;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What does a step of a wrapped trainer cost when there is nothing to adapt? Plain DJL and SmartOps
 * train the same model on the same batch, each in a JVM of its own, as their users have them. They
 * take turns, a block of steps each, in an order drawn anew for each pair: what drifts meets both.
 * Where a process's memory comes to lie makes it some percent faster or slower for its whole life,
 * so the pairs are spread over several couples of processes. What is timed is the steady state: the
 * JIT compiler is done with both by then.
 *
 * <pre>
 * ./mvnw -q -DskipTests install &amp;&amp; ./mvnw -q -pl benchmarks exec:exec -Dexec.executable=java \
 *   -Dexec.args="-classpath %classpath io.smartops.benchmarks.step.StepOverheadBenchmark 60"
 * </pre>
 *
 * <p>The arguments: pairs of blocks, at least 30 for figures to quote, rounded up to a multiple of
 * the couples; then, if only some jobs are wanted, words of their names.
 */
public final class StepOverheadBenchmark {
  private static final int DEFAULT_PAIRS = 60;

  /** Couples of processes among which the pairs are shared. */
  private static final int COUPLES = 6;

  /** Pairs of each couple before the first that counts: for the first looks at its memory. */
  private static final int WARM_UP_PAIRS = 8;

  private static final int SEED = 5;

  private final StepJob job;
  private final int pairs;
  private final Random random = new Random(SEED);
  private final List<Double> plainMillis = new ArrayList<>();
  private final List<Double> wrappedMillis = new ArrayList<>();
  private final List<Double> ratios = new ArrayList<>();

  private StepOverheadBenchmark(StepJob job, int pairs) {
    this.job = job;
    this.pairs = pairs;
  }

  /** Runs the comparison and prints a Markdown table. */
  public static void main(String[] args) throws IOException {
    int wantedPairs = args.length > 0 ? Integer.parseInt(args[0]) : DEFAULT_PAIRS;
    int pairs = (wantedPairs + COUPLES - 1) / COUPLES * COUPLES; // each couple has as many
    List<String> wanted = List.of(args).subList(Math.min(1, args.length), args.length);
    System.out.printf(
        "Machine: %d cores, Java %s, %s %s; %d pairs in %d couples of processes; median [quartiles]%n%n",
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        pairs,
        COUPLES);
    System.out.println("| job | plain, ms a step | wrapped, ms a step | wrapped / plain | 95 % |");
    System.out.println("|---|---:|---:|---:|---:|");
    for (StepJob job : StepJob.all()) {
      if (wanted.isEmpty() || wanted.stream().anyMatch(job.name()::contains)) {
        new StepOverheadBenchmark(job, pairs).run();
      }
    }
  }

  private void run() throws IOException {
    for (int couple = 0; couple < COUPLES; couple++) {
      try (StepProcess plain = new StepProcess(Who.PLAIN, job);
          StepProcess wrapped = new StepProcess(Who.WRAPPED, job)) {
        for (int i = 0; i < WARM_UP_PAIRS; i++) {
          measure(plain, wrapped);
        }
        forget(WARM_UP_PAIRS);
        for (int i = 0; i < pairs / COUPLES; i++) {
          measure(plain, wrapped);
        }
      }
    }
    print(Spread.of(plainMillis), Spread.of(wrappedMillis), Spread.of(ratios));
  }

  private void measure(StepProcess plain, StepProcess wrapped) throws IOException {
    double plainTime;
    double wrappedTime;
    if (random.nextBoolean()) {
      plainTime = plain.millisPerStep();
      wrappedTime = wrapped.millisPerStep();
    } else {
      wrappedTime = wrapped.millisPerStep();
      plainTime = plain.millisPerStep();
    }
    plainMillis.add(plainTime);
    wrappedMillis.add(wrappedTime);
    ratios.add(wrappedTime / plainTime);
  }

  private void forget(int latest) {
    for (List<Double> each : List.of(plainMillis, wrappedMillis, ratios)) {
      each.subList(each.size() - latest, each.size()).clear();
    }
  }

  private void print(Spread plain, Spread wrapped, Spread ratio) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %.3f [%.3f–%.3f] | %.3f [%.3f–%.3f] | %.3f [%.3f–%.3f] | %.3f–%.3f |%n",
        job.name(),
        plain.median(),
        plain.lowerQuartile(),
        plain.upperQuartile(),
        wrapped.median(),
        wrapped.lowerQuartile(),
        wrapped.upperQuartile(),
        ratio.median(),
        ratio.lowerQuartile(),
        ratio.upperQuartile(),
        ratio.lowerBound(),
        ratio.upperBound());
  }
}
