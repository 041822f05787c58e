package io.smartops.djl;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsStats;
import io.smartops.SmartTrainer;
import io.smartops.telemetry.GrowthMeter;
import io.smartops.telemetry.HostTelemetry;
import java.io.IOException;

/**
 * Trains a model whose whole batch takes some 200 MiB with less than that: {@code resident} keeps
 * to a limit of resident memory, {@code address} to an end of the address space, where running out
 * is real. Prints what came of it.
 */
public final class BudgetTraining {
  private static final long ROOM_BYTES = 120L << 20;

  /** Address space comes in pieces of 64 MiB, one of which SmartOps leaves alone. */
  private static final long ADDRESS_ROOM_BYTES = 160L << 20;

  /** The LSTM's whole batch takes some 390 MiB; with 160 not even one sample fits every time. */
  private static final long LSTM_ADDRESS_ROOM_BYTES = 256L << 20;

  private BudgetTraining() {}

  public static void main(String[] arguments) throws IOException {
    Engine.getInstance().setRandomSeed(Scenario.SEED);
    boolean resident = arguments[1].equals("resident");
    warmUp();
    HostTelemetry host = HostTelemetry.create();
    long limit = resident ? used(host) + ROOM_BYTES : Long.MAX_VALUE;
    Shape shape = shape(arguments[0]);
    try (Model model = LeanTraining.model(block(arguments[0]));
        Trainer trainer = trainer(model, limit, PrecisionPolicy.valueOf(arguments[2]))) {
      trainer.initialize(shape);
      if (!resident) {
        LimitedTraining.limitAddressSpace(
            arguments[0].equals("lstm") ? LSTM_ADDRESS_ROOM_BYTES : ADDRESS_ROOM_BYTES);
      }
      train(trainer, shape, host, limit, Integer.parseInt(arguments[3]));
      print(((SmartTrainer) trainer).stats());
    }
  }

  private static Block block(String model) {
    return switch (model) {
      case "mlp" -> LeanTraining.mlp(512);
      case "cnn" -> LeanTraining.cnn();
      default ->
          new SequentialBlock()
              .add(
                  LSTM.builder()
                      .setStateSize(128)
                      .setNumLayers(1)
                      .optReturnState(false)
                      .optBatchFirst(true)
                      .build())
              .add(Blocks.batchFlattenBlock())
              .add(Linear.builder().setUnits(5).build());
    };
  }

  private static Shape shape(String model) {
    return switch (model) {
      case "mlp" -> new Shape(6_144, 64);
      case "cnn" -> new Shape(512, 1, 28, 28);
      default -> new Shape(512, 32, 32);
    };
  }

  /** Code of the engine and of this project is in memory before the limit is chosen. */
  private static void warmUp() {
    Shape shape = new Shape(4, 12);
    try (Model model = LeanTraining.model(LeanTraining.mlp(8));
        Trainer trainer = trainer(model, Long.MAX_VALUE, PrecisionPolicy.FP32)) {
      trainer.initialize(shape);
      LeanTraining.step(trainer, shape);
    }
  }

  private static Trainer trainer(Model model, long limit, PrecisionPolicy precision) {
    DefaultTrainingConfig config =
        new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
            .optOptimizer(Scenario.adam().get());
    return SmartOps.trainer(
        model,
        config,
        SmartOpsConfig.builder().optMemoryLimitBytes(limit).optPrecision(precision).build());
  }

  private static void train(
      Trainer trainer, Shape shape, HostTelemetry host, long limit, int steps) {
    long most = 0;
    int above = 0;
    int aboveInARow = 0;
    try (GrowthMeter resident = new GrowthMeter(() -> host.read().usedBytes())) {
      for (int step = 0; step < steps; step++) {
        long before = resident.start().orElse(0);
        LeanTraining.step(trainer, shape);
        long peak = before + resident.stop().orElse(0);
        most = Math.max(most, peak);
        above = peak > limit ? above + 1 : 0;
        aboveInARow = Math.max(aboveInARow, above);
      }
    }
    System.out.println("most=" + most);
    System.out.println("limit=" + limit);
    System.out.println("aboveInARow=" + aboveInARow);
  }

  private static void print(SmartOpsStats stats) {
    System.out.println("outOfMemory=" + stats.outOfMemoryErrors());
    System.out.println("microBatch=" + stats.microBatch());
    System.out.println("steps=" + stats.steps());
    stats.decisions().forEach(decision -> System.out.println(decision.describe()));
  }

  private static long used(HostTelemetry host) {
    return host.read().usedBytes().orElseThrow();
  }
}
