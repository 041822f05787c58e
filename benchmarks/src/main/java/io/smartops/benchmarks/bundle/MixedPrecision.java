package io.smartops.benchmarks.bundle;

import com.google.gson.JsonObject;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOpsStats;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Trains a transformer in each precision beside float32: are losses finite and near float32's, how
 * much faster is a step, and what does AUTO choose? Steps of the two alternate. On the CPU only
 * bfloat16 is tried, and no gain is asked for.
 */
final class MixedPrecision implements Check {
  private static final int WARM_UP_ROUNDS = 5;
  private static final int ROUNDS = 20;
  private static final int BATCH_ON_GPU = 128;
  private static final int BATCH_ON_CPU = 8;
  private static final int AUTO_STEPS = 60;

  /** What the best precision must bring on a GPU. */
  private static final double LEAST_GAIN = 1.5;

  /** How far a loss may lie from float32's, of float32's, after the rounds. */
  private static final double CLOSE = 0.1;

  @Override
  public String name() {
    return "mixed-precision";
  }

  @Override
  public String question() {
    return "is a transformer's step faster in mixed precision, and as good?";
  }

  @Override
  public Duration timeout() {
    return Duration.ofMinutes(8);
  }

  @Override
  public Set<Need> needs() {
    return Set.of(Need.FITTING_LIBTORCH);
  }

  @Override
  public Finding run(Stages stages) {
    TrainingJob job = TrainingJob.transformer(TrainingHost.isCuda() ? BATCH_ON_GPU : BATCH_ON_CPU);
    List<PrecisionPolicy> tried =
        TrainingHost.isCuda()
            ? List.of(PrecisionPolicy.FP16, PrecisionPolicy.BF16, PrecisionPolicy.TF32)
            : List.of(PrecisionPolicy.BF16);
    JsonObject figures = new JsonObject();
    StringBuilder summary = new StringBuilder(TrainingHost.words());
    boolean good = true;
    double best = 0;
    for (PrecisionPolicy precision : tried) {
      stages.begin(precision.name());
      Compared compared = compare(job, precision);
      figures.add(precision.name(), compared.json());
      good &= compared.isClose();
      best = Math.max(best, compared.gain());
      summary.append("; %s %.2f times as fast".formatted(precision, compared.gain()));
    }
    stages.begin("AUTO");
    summary.append("; AUTO chose ").append(auto(job));
    return Finding.of(
        good && (!TrainingHost.isCuda() || best >= LEAST_GAIN), summary.toString(), figures);
  }

  /**
   * What came of one precision beside float32.
   *
   * @param gain how many times as fast a step was, the median over rounds
   * @param loss the last batch's loss
   * @param fullLoss the same in float32
   */
  private record Compared(double gain, float loss, float fullLoss, SmartOpsStats stats) {
    boolean isClose() {
      return Math.abs(loss - fullLoss) <= CLOSE * Math.abs(fullLoss);
    }

    JsonObject json() {
      JsonObject json = new JsonObject();
      json.addProperty("gain", gain);
      json.addProperty("loss", String.valueOf(loss)); // NaN is no JSON number
      json.addProperty("float32Loss", String.valueOf(fullLoss));
      json.addProperty("ranIn", stats.precision().name());
      json.addProperty("skippedSteps", stats.skippedSteps());
      return json;
    }
  }

  private static Compared compare(TrainingJob job, PrecisionPolicy precision) {
    try (TimedRun full = TimedRun.smart(job, PrecisionPolicy.FP32);
        TimedRun lower = TimedRun.smart(job, precision)) {
      double[] ratios = new double[ROUNDS];
      for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
        long a = full.step();
        long b = lower.step() + lower.step();
        a += full.step();
        if (round >= 0) {
          ratios[round] = (double) a / b;
        }
      }
      Arrays.sort(ratios);
      return new Compared(ratios[ROUNDS / 2], lower.loss(), full.loss(), lower.stats());
    }
  }

  private static String auto(TrainingJob job) {
    try (TimedRun run = TimedRun.smart(job, PrecisionPolicy.AUTO)) {
      for (int step = 0; step < AUTO_STEPS; step++) {
        run.step();
      }
      return run.stats().precision().name().toLowerCase(Locale.ROOT);
    }
  }
}
