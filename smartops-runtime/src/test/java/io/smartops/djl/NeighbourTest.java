package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOpsConfig;
import io.smartops.telemetry.DeviceSnapshot;
import io.smartops.telemetry.HostTelemetry;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A neighbour takes memory and gives it back: the micro-batch follows before anything fails. */
class NeighbourTest {
  private static final int BATCH = 1_024;
  private static final long CAPACITY_BYTES = 8L << 30;
  private static final long LITTLE_BYTES = 16L << 20;
  private static final long PLENTY_BYTES = 4L << 30;

  /** Memory is read at most every 20 ms, so a change is seen within some steps, not at once. */
  private static final int MOST_STEPS = 2_000;

  private volatile long availableBytes = PLENTY_BYTES;

  @Test
  @Timeout(value = 120, unit = TimeUnit.SECONDS)
  void theMicroBatchShrinksBeforeFailureAndRegrows() {
    assumeThat(HostTelemetry.create().allocator().allocatedBytes()).isPresent();
    try (Model model = Model.newInstance("neighbour", "PyTorch")) {
      model.setBlock(LimitedTraining.block());
      SmartOpsConfig options =
          SmartOpsConfig.builder()
              .optPrecision(PrecisionPolicy.FP32)
              .optMemoryFraction(1)
              .optTelemetry(this::snapshot)
              .build();
      try (AdaptiveTrainer trainer =
          AdaptiveTrainer.create(
              model, new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss()), options)) {
        trainer.initialize(new Shape(BATCH, 16));
        trainUntil(trainer, microBatch -> microBatch == BATCH);
        availableBytes = LITTLE_BYTES;
        trainUntil(trainer, microBatch -> microBatch <= BATCH / 2);
        availableBytes = PLENTY_BYTES;
        trainUntil(trainer, microBatch -> microBatch == BATCH);
        assertThat(trainer.stats().outOfMemoryErrors()).isZero();
      }
    }
  }

  private static void trainUntil(AdaptiveTrainer trainer, IntPredicate goal) {
    for (int step = 0; step < MOST_STEPS; step++) {
      NDManager manager = trainer.getManager().newSubManager();
      try (Batch batch = LimitedTraining.batch(manager, BATCH)) {
        trainer.trainBatch(batch);
        trainer.step();
      }
      if (goal.test(trainer.stats().microBatch())) {
        return;
      }
    }
    throw new AssertionError("still " + trainer.stats());
  }

  private DeviceSnapshot snapshot() {
    return new DeviceSnapshot(
        OptionalLong.of(CAPACITY_BYTES - availableBytes),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.of(CAPACITY_BYTES),
        OptionalLong.of(availableBytes),
        OptionalLong.empty(),
        OptionalDouble.empty(),
        OptionalInt.empty());
  }
}
