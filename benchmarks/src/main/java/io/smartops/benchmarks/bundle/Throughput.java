package io.smartops.benchmarks.bundle;

import ai.djl.Model;
import com.google.gson.JsonObject;
import io.smartops.PrecisionPolicy;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;

/**
 * The same jobs by plain DJL and by SmartOps at its defaults, step about: how many times as fast is
 * a step, once SmartOps has chosen? On a GPU no job may be slower.
 */
final class Throughput implements Check {
  /** Steps in which SmartOps learns and chooses. */
  private static final int WARM_UP_STEPS = 80;

  private static final int ROUNDS = 20;

  /** Of plain DJL's speed, less what the host's noise takes. */
  private static final double LEAST_RATIO = 0.97;

  @Override
  public String name() {
    return "throughput";
  }

  @Override
  public String question() {
    return "is a step by SmartOps' defaults as fast as plain DJL's, or faster?";
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
    boolean large = TrainingHost.isCuda();
    List<TrainingJob> jobs =
        List.of(
            TrainingJob.cnn(large ? 4096 : 64),
            TrainingJob.wide(large ? 512 : 8),
            TrainingJob.transformer(large ? 128 : 4));
    JsonObject figures = new JsonObject();
    StringJoiner summary = new StringJoiner(", ", TrainingHost.words() + "; ", "");
    boolean good = true;
    for (TrainingJob job : jobs) {
      stages.begin(job.name());
      JsonObject row = compare(job);
      figures.add(job.name(), row);
      double ratio = row.get("smartOverPlain").getAsDouble();
      good &= ratio >= LEAST_RATIO;
      summary.add(
          "%s %.2f times in %s".formatted(job.name(), ratio, row.get("precision").getAsString()));
    }
    return Finding.of(good || !TrainingHost.isCuda(), summary.toString(), figures);
  }

  private static JsonObject compare(TrainingJob job) {
    try (TimedRun plain = new TimedRun(job, Model::newTrainer);
        TimedRun smart = TimedRun.smart(job, PrecisionPolicy.AUTO)) {
      double[] plainNanos = new double[ROUNDS];
      double[] ratios = new double[ROUNDS];
      for (int i = 0; i < WARM_UP_STEPS; i++) {
        plain.step();
        smart.step();
      }
      for (int round = 0; round < ROUNDS; round++) {
        long a = plain.step();
        long b = smart.step() + smart.step();
        a += plain.step();
        plainNanos[round] = a / 2.0;
        ratios[round] = (double) a / b;
      }
      Arrays.sort(plainNanos);
      Arrays.sort(ratios);
      JsonObject row = new JsonObject();
      row.addProperty("batch", job.input().get(0));
      row.addProperty("plainMillis", plainNanos[ROUNDS / 2] / 1e6);
      row.addProperty("smartOverPlain", ratios[ROUNDS / 2]);
      row.addProperty("least", ratios[0]);
      row.addProperty("most", ratios[ROUNDS - 1]);
      row.addProperty("precision", smart.stats().precision().name().toLowerCase(Locale.ROOT));
      row.addProperty("microBatch", smart.stats().microBatch());
      return row;
    }
  }
}
