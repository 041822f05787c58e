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
import java.io.IOException;
import java.time.Duration;
import java.util.Set;

/**
 * Another process takes the GPU's memory in mid-run and gives it back: plain DJL must fail, and
 * SmartOps shrink its micro-batch, finish, and grow it again. Where a GPU is missing there is
 * nothing to take: the tests do this with a control group.
 */
final class NeighbourProcess implements Check {
  /** What is free on the GPU at first, so that large cards take no longer than small ones. */
  private static final long FREE_BYTES = 4L << 30;

  /** What the neighbour leaves. */
  private static final long LEFT_BYTES = 1L << 30;

  /** Between both. */
  private static final int BATCH = (int) (FREE_BYTES / 2 / MemoryExhaustion.SAMPLE_BYTES);

  private static final int STEPS_BEFORE = 8;
  private static final int STEPS_WITH = 12;
  private static final int STEPS_AFTER = 60;

  @Override
  public String name() {
    return "neighbour";
  }

  @Override
  public String question() {
    return "does SmartOps give way to a process that takes the GPU's memory, and come back?";
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
    if (!TrainingHost.isCuda()) {
      return Finding.cannotRun("needs a CUDA build of libtorch: a GPU's memory is taken");
    }
    Device device = TrainingHost.device();
    TrainingJob job = TrainingJob.wide(BATCH);
    try (NDManager ballast = NDManager.newBaseManager(device, "PyTorch")) {
      ScarceMemory.leave(FREE_BYTES, device, ballast);
      stages.begin("plain DJL");
      boolean plainFinishes = plainFinishes(job);
      ScarceMemory.release(device);
      stages.begin("SmartOps");
      return smart(stages, job, plainFinishes);
    }
  }

  /** What its allocator keeps would hide it from the neighbour. */
  private static boolean plainFinishes(TrainingJob job) throws IOException {
    try (TimedRun run = new TimedRun(job, Model::newTrainer)) {
      ScarceMemory.release(TrainingHost.device());
      try (MemoryHolder neighbour = new MemoryHolder(LEFT_BYTES)) {
        run.step();
        neighbour.requireHolding();
        return true;
      } catch (EngineException e) {
        return false;
      }
    }
  }

  private static Finding smart(Stages stages, TrainingJob job, boolean plainFinishes)
      throws IOException {
    SmartOpsConfig options =
        SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).optMemoryFraction(1).build();
    try (TimedRun run =
        new TimedRun(job, (model, config) -> SmartOps.trainer(model, config, options))) {
      int before = microBatchAfter(run, STEPS_BEFORE);
      int with;
      ScarceMemory.release(TrainingHost.device());
      stages.begin("with the neighbour");
      try (MemoryHolder neighbour = new MemoryHolder(LEFT_BYTES)) {
        with = microBatchAfter(run, STEPS_WITH);
        neighbour.requireHolding();
      }
      stages.begin("after the neighbour");
      int after = microBatchAfter(run, STEPS_AFTER);
      SmartOpsStats stats = run.stats();
      JsonObject figures = new JsonObject();
      figures.addProperty("batch", BATCH);
      figures.addProperty("plainFinishes", plainFinishes);
      figures.addProperty("microBatchBefore", before);
      figures.addProperty("microBatchWith", with);
      figures.addProperty("microBatchAfter", after);
      figures.addProperty("outOfMemoryErrors", stats.outOfMemoryErrors());
      boolean right =
          !plainFinishes && with < before && after > with && stats.outOfMemoryErrors() <= 1;
      return Finding.of(
          right,
          "micro-batch %d, %d with the neighbour, %d after; %d OOM; plain DJL %s"
              .formatted(
                  before,
                  with,
                  after,
                  stats.outOfMemoryErrors(),
                  plainFinishes ? "finishes too" : "runs out of memory"),
          figures);
    }
  }

  private static int microBatchAfter(TimedRun run, int steps) {
    for (int i = 0; i < steps; i++) {
      run.step();
    }
    return run.stats().microBatch();
  }
}
