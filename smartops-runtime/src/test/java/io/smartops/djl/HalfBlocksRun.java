package io.smartops.djl;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.Batchifier;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsStats;
import io.smartops.control.Decision;
import io.smartops.control.Precision;
import io.smartops.djl.BlockZoo.Sample;
import io.smartops.telemetry.DeviceSnapshot;
import java.util.Map;
import java.util.Set;

/**
 * Trains every block of a group with AUTO, as on a processor with bfloat16 instructions, and with
 * bfloat16 fixed. Prints what became of each. A process of its own, which a call that is not safe
 * would end.
 */
final class HalfBlocksRun {
  /** Enough for warm-up, comparison and a batch in the lower precision. */
  private static final int BATCHES = 6;

  private static final CpuFlags WITH_BF16 = new CpuFlags(Set.of("avx512_bf16"));

  private HalfBlocksRun() {}

  /** Prints {@code half=…}, {@code full=…} and {@code untrainable=…}. */
  public static void main(String[] args) {
    Map<String, Sample> group =
        switch (args[0]) {
          case "layers" -> BlockZoo.layers();
          case "sequences" -> BlockZoo.sequences();
          default -> BlockZoo.models();
        };
    StringBuilder half = new StringBuilder();
    StringBuilder full = new StringBuilder();
    StringBuilder untrainable = new StringBuilder();
    group.forEach(
        (name, sample) -> {
          System.out.println("trying " + name);
          StringBuilder kind = half;
          try {
            train(sample, PrecisionPolicy.FP32, 1);
            train(sample, PrecisionPolicy.AUTO, BATCHES);
            kind =
                train(sample, PrecisionPolicy.BF16, 2).precision() == Precision.BF16 ? half : full;
          } catch (RuntimeException e) {
            System.out.println("  " + e);
            kind = untrainable;
          }
          kind.append(name).append(',');
        });
    System.out.println("half=" + half);
    System.out.println("full=" + full);
    System.out.println("untrainable=" + untrainable);
  }

  private static SmartOpsStats train(Sample sample, PrecisionPolicy policy, int batches) {
    Engine.getInstance().setRandomSeed(1);
    SmartOpsConfig options =
        SmartOpsConfig.builder()
            .optPrecision(policy)
            .optTelemetry(() -> DeviceSnapshot.EMPTY)
            .build();
    try (Model model = Model.newInstance("block", "PyTorch")) {
      model.setBlock(sample.block().get());
      DefaultTrainingConfig config =
          new DefaultTrainingConfig(Loss.l2Loss())
              .optOptimizer(Optimizer.sgd().setLearningRateTracker(Tracker.fixed(1e-4f)).build());
      try (AdaptiveTrainer trainer =
          AdaptiveTrainer.create(
              model, config, options, Checkpoints.NONE, device -> Autocast.onCpu(WITH_BF16))) {
        trainer.initialize(sample.inputs().toArray(Shape[]::new));
        for (int i = 0; i < batches; i++) {
          step(trainer, sample, i);
        }
        trainer.stats().decisions().stream()
            .map(Decision::describe)
            .forEach(line -> System.out.println("  " + policy + " " + line));
        return trainer.stats();
      }
    }
  }

  private static void step(AdaptiveTrainer trainer, Sample sample, int seed) {
    NDManager manager = trainer.getManager().newSubManager();
    NDList data = sample.data(manager, seed);
    long size = data.head().getShape().get(0);
    NDList labels = new NDList(manager.zeros(new Shape(size)));
    try (Batch batch =
        new Batch(manager, data, labels, (int) size, Batchifier.STACK, Batchifier.STACK, 0, 0)) {
      trainer.trainBatch(batch, HalfBlocksRun::squares);
      trainer.step();
    }
  }

  private static NDArray squares(NDList labels, NDList predictions) {
    NDArray total = labels.head().mul(0f).sum();
    for (NDArray prediction : predictions) {
      if (prediction.getDataType().isFloating()) {
        total = total.add(prediction.square().mean()).add(prediction.mean());
      }
    }
    return total;
  }
}
