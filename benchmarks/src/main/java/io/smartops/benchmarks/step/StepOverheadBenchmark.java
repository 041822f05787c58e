package io.smartops.benchmarks.step;

import ai.djl.Model;
import ai.djl.engine.Engine;
import io.smartops.SmartOps;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What does a step of a wrapped trainer cost when there is nothing to adapt? Plain DJL and SmartOps
 * train the same model on the same batch in one JVM, in pairs of blocks of steps, in an order drawn
 * anew for each pair: what drifts meets both, and each pair gives one ratio.
 *
 * <pre>
 * ./mvnw -q -DskipTests install &amp;&amp; ./mvnw -q -pl benchmarks exec:java \
 *   -Dexec.mainClass=io.smartops.benchmarks.step.StepOverheadBenchmark -Dexec.args="60"
 * </pre>
 *
 * <p>The arguments: pairs of blocks, at least 30 for figures to quote; then, if only some jobs are
 * wanted, words of their names.
 */
public final class StepOverheadBenchmark {
  private static final int DEFAULT_PAIRS = 60;

  /** Pairs before the first that counts: for the JIT compiler and the first looks at the memory. */
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
  public static void main(String[] args) {
    int pairs = args.length > 0 ? Integer.parseInt(args[0]) : DEFAULT_PAIRS;
    List<String> wanted = List.of(args).subList(Math.min(1, args.length), args.length);
    System.out.printf(
        "Machine: %d cores, Java %s, %s %s; %d pairs; median [quartiles]%n%n",
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        pairs);
    System.out.println("| job | plain, ms a step | wrapped, ms a step | wrapped / plain | 95 % |");
    System.out.println("|---|---:|---:|---:|---:|");
    for (StepJob job : StepJob.all()) {
      if (wanted.isEmpty() || wanted.stream().anyMatch(job.name()::contains)) {
        new StepOverheadBenchmark(job, pairs).run();
      }
    }
  }

  private void run() {
    Engine.getInstance().setRandomSeed(SEED);
    try (StepRun plain = new StepRun(job, Model::newTrainer);
        StepRun wrapped = new StepRun(job, SmartOps::trainer)) {
      for (int i = 0; i < WARM_UP_PAIRS; i++) {
        pair(plain, wrapped);
      }
      plainMillis.clear();
      wrappedMillis.clear();
      ratios.clear();
      for (int i = 0; i < pairs; i++) {
        pair(plain, wrapped);
      }
    }
    print();
  }

  private void pair(StepRun plain, StepRun wrapped) {
    double plainTime;
    double wrappedTime;
    if (random.nextBoolean()) {
      plainTime = plain.millisPerStep(job.blockSteps());
      wrappedTime = wrapped.millisPerStep(job.blockSteps());
    } else {
      wrappedTime = wrapped.millisPerStep(job.blockSteps());
      plainTime = plain.millisPerStep(job.blockSteps());
    }
    plainMillis.add(plainTime);
    wrappedMillis.add(wrappedTime);
    ratios.add(wrappedTime / plainTime);
  }

  private void print() {
    Spread plain = Spread.of(plainMillis);
    Spread wrapped = Spread.of(wrappedMillis);
    Spread ratio = Spread.of(ratios);
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
