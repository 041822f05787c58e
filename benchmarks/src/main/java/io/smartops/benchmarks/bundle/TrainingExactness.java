package io.smartops.benchmarks.bundle;

import ai.djl.Device;
import ai.djl.Model;
import com.google.gson.JsonObject;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
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
      summary.append(
          "; %s %.1e off after %d steps (DJL to itself %.1e)"
              .formatted(job.name(), split, STEPS, floor));
    }
    return Finding.of(right, summary.toString(), figures);
  }

  private static JsonObject compare(TrainingJob job, Device device) {
    List<float[]> plain = job.train(device, STEPS, Model::newTrainer);
    List<float[]> again = job.train(device, STEPS, Model::newTrainer);
    List<float[]> whole = job.train(device, STEPS, fixed(BATCH));
    List<float[]> split = job.train(device, STEPS, fixed(BATCH / PARTS));
    JsonObject differences = new JsonObject();
    differences.addProperty("plainAgain", TrainingJob.relativeDifference(plain, again));
    differences.addProperty("whole", TrainingJob.relativeDifference(plain, whole));
    differences.addProperty("split", TrainingJob.relativeDifference(plain, split));
    differences.addProperty(
        "changeByTraining",
        TrainingJob.relativeDifference(job.train(device, 0, Model::newTrainer), plain));
    return differences;
  }

  private static TrainingJob.Maker fixed(int microBatch) {
    SmartOpsConfig options = SmartOpsConfig.builder().optMicroBatch(microBatch).build();
    return (model, config) -> SmartOps.trainer(model, config, options);
  }
}
