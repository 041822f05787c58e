package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.dataset.Batch;
import ai.djl.translate.Batchifier;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOpsConfig;
import io.smartops.control.MicroBatchLimits;
import io.smartops.telemetry.DeviceSnapshot;
import io.smartops.telemetry.HostTelemetry;
import io.smartops.telemetry.NativeAllocator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A thousand failures in one run leave nothing behind. */
class FailureDriftTest {
  private static final int FAILURES = 1_000;

  /** Failures before the first reading: the JVM compiles, the allocator's caches fill. */
  private static final int WARM_UP = 600;

  private static final long MOST_DRIFT_BYTES = 1 << 20;
  private static final int ROUNDS = 3;

  private int checkpoint;
  private int failAt;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void noMemoryIsLost(boolean twoPass) {
    Scenario scenario = Scenarios.batchNormCnn().withOptimizer(Scenario.adam());
    if (twoPass) {
      scenario = scenario.withLoss("contrastive", b -> new Scenarios.ContrastiveLoss());
    }
    Engine.getInstance().setRandomSeed(Scenario.SEED);
    try (Model model = Model.newInstance("drift", "PyTorch")) {
      model.setBlock(scenario.block().get());
      DefaultTrainingConfig config =
          new DefaultTrainingConfig(scenario.loss().apply(model.getBlock()))
              .optOptimizer(scenario.optimizer().get());
      SmartOpsConfig options =
          SmartOpsConfig.builder()
              .optPrecision(PrecisionPolicy.FP32)
              .optTelemetry(() -> DeviceSnapshot.EMPTY)
              .build();
      try (AdaptiveTrainer trainer =
          AdaptiveTrainer.create(model, config, options, (phase, index) -> reach())) {
        trainer.initialize(scenario.inputShapes().get(0));
        try (Batch batch = scenario.batch(trainer.getManager(), 0, Scenarios.BATCH)) {
          measure(trainer, batch);
        }
      }
    }
  }

  /**
   * A leak would show in each round; what the JVM's compiler allocates meanwhile, in one of them.
   */
  private void measure(AdaptiveTrainer trainer, Batch batch) {
    fail(trainer, batch, WARM_UP);
    int arrays = arrays(trainer);
    long least = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS && least >= MOST_DRIFT_BYTES; round++) {
      long bytes = allocatedBytes();
      fail(trainer, batch, FAILURES);
      least = Math.min(least, allocatedBytes() - bytes);
    }
    assertThat(least).as("bytes").isLessThan(MOST_DRIFT_BYTES);
    assertThat(arrays(trainer)).as("arrays").isEqualTo(arrays);
    assertThat(BoundaryCollector.current()).as("open collector").isEmpty();
  }

  /** One failure a step, at one checkpoint after the other. */
  private void fail(AdaptiveTrainer trainer, Batch batch, int failures) {
    long before = trainer.stats().outOfMemoryErrors();
    for (int next = 0; trainer.stats().outOfMemoryErrors() < before + failures; next++) {
      PlanProbe.fixPlan(trainer, new MicroBatchLimits(16, 16));
      checkpoint = 0;
      failAt = next;
      try (Batch copy = copy(batch)) {
        trainer.trainBatch(copy);
      }
      trainer.step();
      if (checkpoint <= failAt) {
        next = -1; // all checkpoints of a step have had their turn
      }
    }
  }

  private static Batch copy(Batch batch) {
    NDManager manager = batch.getManager().newSubManager();
    return new Batch(
        manager,
        Tensors.detached(batch.getData(), manager),
        Tensors.detached(batch.getLabels(), manager),
        batch.getSize(),
        Batchifier.STACK,
        Batchifier.STACK,
        0,
        0);
  }

  private void reach() {
    if (checkpoint++ == failAt) {
      throw FailureRun.outOfMemory();
    }
  }

  /** All arrays of the trainer, its model and what was detached from both. */
  private static int arrays(AdaptiveTrainer trainer) {
    NDManager model = trainer.getModel().getNDManager();
    NDManager system = Engine.getInstance().newBaseManager().getParentManager();
    return model.getManagedArrays().size() + system.getManagedArrays().size();
  }

  private static long allocatedBytes() {
    GarbageCollection.awaitFrees(); // the numbers of a step stand on direct buffers
    NativeAllocator allocator = HostTelemetry.create().allocator();
    allocator.trim();
    return allocator.allocatedBytes().orElse(0);
  }
}
