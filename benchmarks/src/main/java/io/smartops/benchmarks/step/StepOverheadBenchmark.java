package io.smartops.benchmarks.step;

import ai.djl.Model;
import ai.djl.engine.Engine;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What does a step of a wrapped trainer cost when there is nothing to adapt? Plain DJL and SmartOps
 * train the same model on the same batch in one JVM, in pairs of blocks of steps, in an order drawn
 * anew for each pair: what drifts meets both. Of two equal trainers the one made second was
 * measured 3 % slower than the first, so half of the pairs are taken with plain DJL's made first,
 * half with it made second; the geometric mean of one pair of each kind is one ratio. What is timed
 * is the steady state: the JIT compiler is done with both by then.
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
  private static final SmartOpsConfig FLOAT32 =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).build();

  private static final int DEFAULT_PAIRS = 60;

  /**
   * Steps of the smallest job before anything is timed. Most of the wrapper's methods run once a
   * step, and the JVM's optimizing compiler takes a method up after 5,000 calls: until then they
   * run as code that counts its calls, slower and larger.
   */
  private static final int COMPILED_STEPS = 20_000;

  /** Pairs of each job before the first that counts: for the first looks at its memory. */
  private static final int WARM_UP_PAIRS = 8;

  private static final int SEED = 5;

  private final StepJob job;
  private final int pairs;
  private final Random random = new Random(SEED);
  private final List<Double> plainMillis = new ArrayList<>();
  private final List<Double> wrappedMillis = new ArrayList<>();

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
    compile();
    System.out.println("| job | plain, ms a step | wrapped, ms a step | wrapped / plain | 95 % |");
    System.out.println("|---|---:|---:|---:|---:|");
    for (StepJob job : StepJob.all()) {
      if (wanted.isEmpty() || wanted.stream().anyMatch(job.name()::contains)) {
        new StepOverheadBenchmark(job, pairs).run();
      }
    }
  }

  /** Has the code of both trainers compiled as it is in a long run. */
  private static void compile() {
    try (StepRun plain = plain(StepJob.all().get(0));
        StepRun wrapped = wrapped(StepJob.all().get(0))) {
      plain.millisPerStep(COMPILED_STEPS);
      wrapped.millisPerStep(COMPILED_STEPS);
    }
  }

  private static StepRun plain(StepJob job) {
    return new StepRun(job, Model::newTrainer);
  }

  private static StepRun wrapped(StepJob job) {
    return new StepRun(job, (model, config) -> SmartOps.trainer(model, config, FLOAT32));
  }

  private void run() {
    Engine.getInstance().setRandomSeed(SEED);
    List<Double> plainFirst = ratios(true);
    List<Double> wrappedFirst = ratios(false);
    List<Double> both = new ArrayList<>();
    for (int i = 0; i < plainFirst.size(); i++) {
      both.add(Math.sqrt(plainFirst.get(i) * wrappedFirst.get(i)));
    }
    print(Spread.of(both));
  }

  /** Wrapped by plain, of half of the pairs. */
  private List<Double> ratios(boolean plainIsMadeFirst) {
    try (StepRun first = plainIsMadeFirst ? plain(job) : wrapped(job);
        StepRun second = plainIsMadeFirst ? wrapped(job) : plain(job)) {
      StepRun plain = plainIsMadeFirst ? first : second;
      StepRun wrapped = plainIsMadeFirst ? second : first;
      int before = plainMillis.size();
      for (int i = 0; i < WARM_UP_PAIRS; i++) {
        ratio(plain, wrapped);
      }
      plainMillis.subList(before, plainMillis.size()).clear();
      wrappedMillis.subList(before, wrappedMillis.size()).clear();
      List<Double> ratios = new ArrayList<>();
      for (int i = 0; i < pairs / 2; i++) {
        ratios.add(ratio(plain, wrapped));
      }
      return ratios;
    }
  }

  private double ratio(StepRun plain, StepRun wrapped) {
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
    return wrappedTime / plainTime;
  }

  private void print(Spread ratio) {
    Spread plain = Spread.of(plainMillis);
    Spread wrapped = Spread.of(wrappedMillis);
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
