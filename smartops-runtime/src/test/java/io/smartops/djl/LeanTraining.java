package io.smartops.djl;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.translate.Batchifier;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.telemetry.GrowthMeter;
import io.smartops.telemetry.HostTelemetry;
import io.smartops.telemetry.NativeAllocator;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/** Trains unsplit, by plain DJL or by SmartOps, and prints what memory it took. */
public final class LeanTraining {
  private static final SmartOpsConfig FLOAT32 =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).build();

  private static final int WARM_UP = 3;
  private static final int MEASURED = 5;

  /** Few samples for a model with 17 million parameters. */
  private static final Shape WIDE = new Shape(32, 64);

  private static final long ENOUGH_BYTES = 8L << 20;
  private static final int MOST_COLLECTIONS = 500;

  private LeanTraining() {}

  public static void main(String[] arguments) {
    Engine.getInstance().setRandomSeed(Scenario.SEED);
    switch (arguments[0]) {
      case "peak" -> {
        System.out.println("mlpPlain=" + peak(mlp(512), new Shape(4096, 64), false));
        System.out.println("mlpSmart=" + peak(mlp(512), new Shape(4096, 64), true));
        System.out.println("cnnPlain=" + peak(cnn(), new Shape(128, 1, 28, 28), false));
        System.out.println("cnnSmart=" + peak(cnn(), new Shape(128, 1, 28, 28), true));
      }
      case "widePeak" -> {
        System.out.println("widePlain=" + peak(mlp(2048), WIDE, false));
        System.out.println("wideSmart=" + peak(mlp(2048), WIDE, true));
      }
      case "steps" -> longRun();
      case "sharedModel" -> trainersOfOneModel();
      default -> closedTrainers();
    }
  }

  /** The median peak of a step in bytes. */
  private static long peak(Block block, Shape shape, boolean smart) {
    long[] peaks = new long[MEASURED];
    try (Model model = model(block);
        Trainer trainer = trainer(model, shape, smart);
        GrowthMeter meter = new GrowthMeter(HostTelemetry.create().allocator()::allocatedBytes)) {
      for (int i = 0; i < WARM_UP; i++) {
        step(trainer, shape);
      }
      for (int i = 0; i < MEASURED; i++) {
        meter.start();
        step(trainer, shape);
        peaks[i] = meter.stop().orElse(0);
      }
    }
    Arrays.sort(peaks);
    return peaks[MEASURED / 2];
  }

  private static void longRun() {
    HostTelemetry host = HostTelemetry.create();
    Shape shape = new Shape(32, 12);
    try (Model model = model(mlp(32));
        Trainer trainer = trainer(model, shape, true)) {
      for (int step = 1; step <= 5_000; step++) {
        step(trainer, shape);
        if (step == 500 || step == 5_000) {
          System.out.println("resident" + letters(step) + "=" + host.read().usedBytes().orElse(0));
          int arrays = model.getNDManager().getManagedArrays().size();
          System.out.println("arrays" + letters(step) + "=" + arrays);
        }
      }
    }
  }

  private static String letters(int step) {
    return step == 500 ? "Early" : "Late";
  }

  /** Eight trainers with Adam in sequence, each with a model of its own; all are closed. */
  private static void closedTrainers() {
    HostTelemetry host = HostTelemetry.create();
    Shape shape = new Shape(8, 64);
    for (int i = 1; i <= 8; i++) {
      try (Model model = model(mlp(512));
          Trainer trainer = trainer(model, shape, true)) {
        step(trainer, shape);
      }
      if (i == 2) {
        System.out.println("afterTwo=" + host.allocator().allocatedBytes().orElse(0));
      }
    }
    System.out.println("afterEight=" + host.allocator().allocatedBytes().orElse(0));
  }

  /** Eight trainers with Adam in sequence on one model: their optimizers are garbage afterwards. */
  private static void trainersOfOneModel() {
    NativeAllocator allocator = HostTelemetry.create().allocator();
    Shape shape = new Shape(8, 64);
    try (Model model = model(mlp(512))) {
      long afterTwo = 0;
      for (int i = 1; i <= 8; i++) {
        try (Trainer trainer = trainer(model, shape, true)) {
          step(trainer, shape);
        }
        if (i == 2) {
          afterTwo = allocator.allocatedBytes().orElse(0);
        }
      }
      System.out.println("afterTwo=" + afterTwo);
      System.out.println("afterEight=" + collected(allocator, afterTwo + ENOUGH_BYTES));
    }
  }

  /** Allocated bytes after the garbage collector and what it triggers are done. */
  private static long collected(NativeAllocator allocator, long enoughBytes) {
    long bytes = Long.MAX_VALUE;
    for (int i = 0; i < MOST_COLLECTIONS && bytes > enoughBytes; i++) {
      System.gc();
      LockSupport.parkNanos(10_000_000);
      bytes = allocator.allocatedBytes().orElse(0);
    }
    return bytes;
  }

  static Model model(Block block) {
    Model model = Model.newInstance("lean", "PyTorch");
    model.setBlock(block);
    return model;
  }

  private static Trainer trainer(Model model, Shape shape, boolean smart) {
    DefaultTrainingConfig config =
        new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
            .optOptimizer(Scenario.adam().get());
    Trainer trainer = smart ? SmartOps.trainer(model, config, FLOAT32) : model.newTrainer(config);
    trainer.initialize(shape);
    return trainer;
  }

  /** One logical batch of random data. */
  static void step(Trainer trainer, Shape shape) {
    int size = (int) shape.get(0);
    NDManager manager = trainer.getManager().newSubManager();
    NDList data = new NDList(manager.randomNormal(0f, 1f, shape, DataType.FLOAT32));
    NDList labels = new NDList(manager.zeros(new Shape(size)));
    try (Batch batch =
        new Batch(manager, data, labels, size, Batchifier.STACK, Batchifier.STACK, 0, 0)) {
      EasyTrain.trainBatch(trainer, batch);
      trainer.step();
    }
  }

  static Block mlp(int width) {
    SequentialBlock block = new SequentialBlock();
    for (int i = 0; i < 5; i++) {
      block.add(Linear.builder().setUnits(width).build()).add(Activation.reluBlock());
    }
    return block.add(Linear.builder().setUnits(5).build());
  }

  static Block cnn() {
    SequentialBlock block = new SequentialBlock();
    for (int i = 0; i < 2; i++) {
      block
          .add(Conv2d.builder().setKernelShape(new Shape(3, 3)).setFilters(16).build())
          .add(Activation.reluBlock());
    }
    return block.add(Blocks.batchFlattenBlock()).add(Linear.builder().setUnits(5).build());
  }
}
