package io.smartops.benchmarks.bundle;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsStats;
import io.smartops.SmartTrainer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Leaves little memory and trains a batch that does not fit: plain DJL must fail, SmartOps must
 * finish with the parameters that plain DJL reaches where memory is plentiful.
 *
 * <p>SmartOps runs twice: as a user runs it, when it should not even meet an out-of-memory error,
 * and with the whole batch as its first micro-batch, when it must meet one and replay.
 */
final class MemoryExhaustion implements Check {
  /** Roughly what one sample of the job needs between forward and backward. */
  static final long SAMPLE_BYTES = 800_000;

  private static final long FREE_BYTES_ON_GPU = 1L << 30;
  private static final long FREE_BYTES_ON_CPU = 384L << 20;

  /** How many times the free memory the whole batch needs. */
  private static final int TIMES_TOO_LARGE = 3;

  private static final int STEPS = 3;
  private static final double TOLERANCE = 1e-4;

  @Override
  public String name() {
    return "memory-exhaustion";
  }

  @Override
  public String question() {
    return "does SmartOps finish a batch for which memory does not suffice?";
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
  public Finding run(Stages stages) throws IOException {
    Device device = TrainingHost.device();
    long free = device.isGpu() ? FREE_BYTES_ON_GPU : FREE_BYTES_ON_CPU;
    int batch = (int) (TIMES_TOO_LARGE * free / SAMPLE_BYTES);
    TrainingJob job = TrainingJob.wide(batch);
    JsonObject figures = new JsonObject();
    figures.addProperty("freeBytes", free);
    figures.addProperty("batch", batch);
    stages.begin("plain DJL with plenty of memory");
    List<float[]> wanted = job.train(device, STEPS, Model::newTrainer);
    ScarceMemory.release(device);
    try (NDManager ballast = NDManager.newBaseManager(device, "PyTorch")) {
      ScarceMemory.leave(free, device, ballast);
      return underScarcity(stages, job, device, wanted, figures);
    }
  }

  private static Finding underScarcity(
      Stages stages, TrainingJob job, Device device, List<float[]> wanted, JsonObject figures) {
    stages.begin("plain DJL with little memory");
    Optional<String> failure = failureOfPlain(job, device);
    ScarceMemory.release(device);
    figures.addProperty("plain", failure.orElse("finished"));
    if (failure.isEmpty()) {
      return Finding.of(false, "plain DJL finished: memory was not scarce", figures);
    }
    stages.begin("SmartOps, adaptive");
    JsonObject adaptive =
        smart(job, device, wanted, SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32));
    figures.add("adaptive", adaptive);
    ScarceMemory.release(device);
    stages.begin("SmartOps, whole batch first");
    int whole = (int) job.input().get(0);
    JsonObject replayed =
        smart(
            job,
            device,
            wanted,
            SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).optMicroBatch(whole));
    figures.add("replayed", replayed);
    boolean right = isExact(adaptive) && isExact(replayed) && count(replayed) > 0;
    return Finding.of(
        right,
        "%s; plain DJL runs out of memory; SmartOps finishes with %d OOM, or %d replayed if forced; %.1e off"
            .formatted(
                TrainingHost.words(),
                count(adaptive),
                count(replayed),
                replayed.get("difference").getAsDouble()),
        figures);
  }

  private static Optional<String> failureOfPlain(TrainingJob job, Device device) {
    try {
      job.train(device, STEPS, Model::newTrainer);
      return Optional.empty();
    } catch (EngineException | OutOfMemoryError e) {
      return Optional.of(String.valueOf(e.getMessage()).lines().findFirst().orElse("no message"));
    }
  }

  private static JsonObject smart(
      TrainingJob job, Device device, List<float[]> wanted, SmartOpsConfig.Builder builder) {
    // The default leaves a tenth of the device to others; here all that is left may be used.
    SmartOpsConfig options = builder.optMemoryFraction(1).build();
    JsonObject run = new JsonObject();
    List<float[]> reached =
        job.train(
            device,
            STEPS,
            (model, config) -> SmartOps.trainer(model, config, options),
            trainer -> add(((SmartTrainer) trainer).stats(), run));
    run.addProperty("difference", TrainingJob.relativeDifference(wanted, reached));
    return run;
  }

  private static void add(SmartOpsStats stats, JsonObject run) {
    run.addProperty("outOfMemoryErrors", stats.outOfMemoryErrors());
    run.addProperty("microBatch", stats.microBatch());
    run.addProperty("steps", stats.steps());
  }

  private static boolean isExact(JsonObject run) {
    return run.get("difference").getAsDouble() <= TOLERANCE;
  }

  private static long count(JsonObject run) {
    return run.get("outOfMemoryErrors").getAsLong();
  }
}
