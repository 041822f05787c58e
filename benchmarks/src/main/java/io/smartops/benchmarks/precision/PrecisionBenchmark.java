package io.smartops.benchmarks.precision;

import ai.djl.translate.TranslateException;
import io.smartops.PrecisionPolicy;
import io.smartops.control.Decision;
import io.smartops.control.Knob;
import io.smartops.control.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How much faster is a step in bfloat16 than in float32, does the model end as good, and does AUTO
 * find out? On MNIST's bundled digits.
 *
 * <p>Speed: two trainers of the same model in one process, whose steps alternate (A B B A), after a
 * warm-up; medians, and the quartiles of the rounds' ratios. Accuracy: on the test digits, after
 * the same number of epochs, by seed. AUTO: the step at which it settled.
 *
 * <pre>
 * ./mvnw -q -DskipTests install &amp;&amp; ./mvnw -q -pl benchmarks exec:java \
 *   -Dexec.mainClass=io.smartops.benchmarks.precision.PrecisionBenchmark -Dexec.args="speed mlp"
 * </pre>
 *
 * <p>The arguments: {@code speed}, {@code auto} or {@code accuracy}, then {@code mlp}, {@code
 * resnet} or {@code tiny}, then, if it is to be another than the model's, the batch.
 */
public final class PrecisionBenchmark {
  private static final int WARM_UP_ROUNDS = 3;
  private static final int ROUNDS = 20;
  private static final int SEEDS = 5;
  private static final int AUTO_STEPS = 60;

  private PrecisionBenchmark() {}

  /** Runs one question for one model and prints rows of a Markdown table. */
  public static void main(String[] args) throws IOException, TranslateException {
    if (args.length < 2) {
      throw new IllegalArgumentException(
          "two arguments are needed: speed, auto or accuracy; mlp, resnet or tiny");
    }
    System.out.printf(
        "Machine: %d cores, Java %s, %s%n",
        Runtime.getRuntime().availableProcessors(), Runtime.version(), processor());
    PrecisionModel model =
        switch (args[1]) {
          case "mlp" -> PrecisionModel.mlp();
          case "resnet" -> PrecisionModel.resNet20();
          case "tiny" -> PrecisionModel.tinyMlp();
          default -> throw new IllegalArgumentException("no such model: " + args[1]);
        };
    PrecisionModel sized = args.length > 2 ? model.withBatch(Integer.parseInt(args[2])) : model;
    switch (args[0]) {
      case "speed" -> speed(sized);
      case "auto" -> auto(sized);
      case "accuracy" -> accuracy(sized);
      default -> throw new IllegalArgumentException("no such question: " + args[0]);
    }
  }

  private static String processor() throws IOException {
    Path cpuinfo = Path.of("/proc/cpuinfo");
    String text = Files.exists(cpuinfo) ? Files.readString(cpuinfo) : "";
    boolean bf16 = text.contains("avx512_bf16") || text.contains("amx_bf16");
    return bf16
        ? "a processor with bfloat16 instructions"
        : "a processor without bfloat16 instructions: nothing is promised here";
  }

  private static void speed(PrecisionModel model) throws IOException, TranslateException {
    double[] full = new double[2 * ROUNDS];
    double[] half = new double[2 * ROUNDS];
    double[] ratios = new double[ROUNDS];
    try (PrecisionRun a = new PrecisionRun(model, PrecisionPolicy.FP32, 1, 1);
        PrecisionRun b = new PrecisionRun(model, PrecisionPolicy.BF16, 1, 1)) {
      for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
        double a1 = a.stepNanos();
        double b1 = b.stepNanos();
        double b2 = b.stepNanos();
        double a2 = a.stepNanos();
        if (round >= 0) {
          full[2 * round] = a1;
          full[2 * round + 1] = a2;
          half[2 * round] = b1;
          half[2 * round + 1] = b2;
          ratios[round] = (a1 + a2) / (b1 + b2);
        }
      }
      requireBf16(b);
    }
    Arrays.sort(ratios);
    System.out.println("| model | batch | float32 ms | bfloat16 ms | times as fast | quartiles |");
    System.out.println("|---|---:|---:|---:|---:|---|");
    System.out.printf(
        "| %s | %d | %.1f | %.1f | %.2f | %.2f to %.2f |%n",
        model.name(),
        model.batch(),
        median(full) / 1e6,
        median(half) / 1e6,
        ratios[ROUNDS / 2],
        ratios[ROUNDS / 4],
        ratios[3 * ROUNDS / 4]);
  }

  private static void requireBf16(PrecisionRun run) {
    if (run.stats().precision() != Precision.BF16) {
      throw new IllegalStateException("bfloat16 was refused: " + run.stats().decisions());
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static void auto(PrecisionModel model) throws IOException, TranslateException {
    try (PrecisionRun run = new PrecisionRun(model, PrecisionPolicy.AUTO, 1, 1)) {
      for (int step = 0; step < AUTO_STEPS; step++) {
        run.stepNanos();
      }
      List<Decision> decisions =
          run.stats().decisions().stream().filter(d -> d.knob() == Knob.PRECISION).toList();
      decisions.forEach(decision -> System.out.println(decision.describe()));
      Optional<Decision> last = decisions.stream().reduce((first, second) -> second);
      System.out.println("| model | batch | AUTO's choice | at step |");
      System.out.println("|---|---:|---|---:|");
      System.out.printf(
          "| %s | %d | %s | %d |%n",
          model.name(),
          model.batch(),
          last.map(Decision::to).orElse(Precision.FP32.label()),
          last.map(Decision::step).orElse(0L));
    }
  }

  private static void accuracy(PrecisionModel model) throws IOException, TranslateException {
    System.out.println("| model | epochs | seed | float32 % | bfloat16 % |");
    System.out.println("|---|---:|---:|---:|---:|");
    double full = 0;
    double half = 0;
    for (int seed = 1; seed <= SEEDS; seed++) {
      double a = accuracy(model, PrecisionPolicy.FP32, seed);
      double b = accuracy(model, PrecisionPolicy.BF16, seed);
      full += a / SEEDS;
      half += b / SEEDS;
      System.out.printf(
          "| %s | %d | %d | %.2f | %.2f |%n", model.name(), model.epochs(), seed, a, b);
    }
    System.out.printf(
        "mean %.2f and %.2f: bfloat16 is %+.2f points off%n", full, half, half - full);
  }

  private static double accuracy(PrecisionModel model, PrecisionPolicy precision, int seed)
      throws IOException, TranslateException {
    try (PrecisionRun run = new PrecisionRun(model, precision, seed, model.epochs())) {
      double accuracy = run.accuracyAfter(model, model.epochs());
      if (precision == PrecisionPolicy.BF16) {
        requireBf16(run);
      }
      return 100 * accuracy;
    }
  }
}
