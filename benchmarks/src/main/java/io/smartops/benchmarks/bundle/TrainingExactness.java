package io.smartops.benchmarks.bundle;

import ai.djl.Device;
import ai.djl.Model;
import com.google.gson.JsonObject;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsStats;
import io.smartops.SmartTrainer;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Trains with micro-batches of an eighth of the batch and compares the parameters with plain DJL's.
 *
 * <p>Plain DJL is also compared with itself: where a GPU's kernels are not deterministic, that is
 * the floor below which no difference means anything.
 */
final class TrainingExactness implements Check {
  private static final int STEPS = 20;
  private static final int BATCH = 64;
  private static final int PARTS = 8;

  /** What float32 rounding makes of 20 steps in another order of summation. */
  private static final double TOLERANCE = 1e-5;

  /** Of the floor that plain DJL sets itself, where that is above the tolerance. */
  private static final double FLOORS = 4;

  @Override
  public String name() {
    return "training-exact";
  }

  @Override
  public String question() {
    return "do micro-batches train as the whole batch does?";
  }

  @Override
  public Duration timeout() {
    return Duration.ofMinutes(5);
  }

  @Override
  public Set<Need> needs() {
    return Set.of(Need.FITTING_LIBTORCH);
  }

  @Override
  public Finding run(Stages stages) {
    JsonObject figures = new JsonObject();
    boolean right = true;
    StringBuilder summary = new StringBuilder(TrainingHost.words());
    for (TrainingJob job : List.of(TrainingJob.mlp(BATCH), TrainingJob.cnn(BATCH))) {
      stages.begin(job.name());
      JsonObject differences = compare(job, TrainingHost.device());
      figures.add(job.name(), differences);
      double split = differences.get("split").getAsDouble();
      double floor = differences.get("plainAgain").getAsDouble();
      right &= split <= Math.max(TOLERANCE, FLOORS * floor);
      right &= differences.get("splitBatches").getAsLong() == STEPS;
      right &= differences.get("start").getAsDouble() > TOLERANCE;
      summary.append(
          "; %s %.1e off after %d steps (DJL to itself %.1e)"
              .formatted(job.name(), split, STEPS, floor));
    }
    return Finding.of(right, summary.toString(), figures);
  }

  private static JsonObject compare(TrainingJob job, Device device) {
    List<float[]> plain = job.train(device, STEPS, Model::newTrainer);
    List<float[]> again = job.train(device, STEPS, Model::newTrainer);
    List<float[]> start = job.train(device, 0, Model::newTrainer);
    JsonObject differences = new JsonObject();
    differences.addProperty("plainAgain", TrainingJob.relativeDifference(plain, again));
    differences.addProperty("start", TrainingJob.relativeDifference(plain, start));
    differences.addProperty("whole", smart(job, device, BATCH, plain, differences));
    differences.addProperty("split", smart(job, device, BATCH / PARTS, plain, differences));
    return differences;
  }

  /** The last call leaves behind how many batches it split: a check of nothing would pass too. */
  private static double smart(
      TrainingJob job, Device device, int microBatch, List<float[]> plain, JsonObject differences) {
    SmartOpsConfig options =
        SmartOpsConfig.builder()
            .optPrecision(PrecisionPolicy.FP32)
            .optMicroBatch(microBatch)
            .build();
    List<float[]> reached =
        job.train(
            device,
            STEPS,
            (model, config) -> SmartOps.trainer(model, config, options),
            trainer -> {
              SmartOpsStats stats = ((SmartTrainer) trainer).stats();
              differences.addProperty(
                  "splitBatches", stats.fusedBatches() + stats.twoPassBatches());
            });
    return TrainingJob.relativeDifference(plain, reached);
  }
}
