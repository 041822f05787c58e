package io.smartops.benchmarks.bundle;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.Batchifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A small model with data of its own, trained from the same initial values whoever trains it.
 *
 * @param name for figures
 * @param block the model
 * @param input shape of a batch
 */
record TrainingJob(String name, Supplier<Block> block, Shape input) {
  private static final int SEED = 7;
  private static final int CLASSES = 10;
  private static final float LEARNING_RATE = 0.05f;

  /** How a trainer is made: by DJL, or by SmartOps. */
  interface Maker extends BiFunction<Model, DefaultTrainingConfig, Trainer> {}

  static TrainingJob mlp(int batch) {
    return new TrainingJob(
        "mlp",
        () ->
            new SequentialBlock()
                .add(Linear.builder().setUnits(64).build())
                .add(Activation.tanhBlock())
                .add(Linear.builder().setUnits(CLASSES).build()),
        new Shape(batch, 32));
  }

  static TrainingJob cnn(int batch) {
    return new TrainingJob(
        "cnn",
        () ->
            new SequentialBlock()
                .add(convolution(8))
                .add(Activation.reluBlock())
                .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
                .add(convolution(16))
                .add(Activation.reluBlock())
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(CLASSES).build()),
        new Shape(batch, 1, 16, 16));
  }

  /** Little arithmetic, much memory: {@link MemoryExhaustion#SAMPLE_BYTES} for each sample. */
  static TrainingJob wide(int batch) {
    return new TrainingJob(
        "wide",
        () ->
            new SequentialBlock()
                .add(convolution(16))
                .add(Activation.tanhBlock())
                .add(Pool.avgPool2dBlock(new Shape(8, 8), new Shape(8, 8)))
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(CLASSES).build()),
        new Shape(batch, 1, 64, 64));
  }

  /** Four encoder layers over sequences of 64 tokens of 256 features. */
  static TrainingJob transformer(int batch) {
    return new TrainingJob(
        "transformer",
        () -> {
          SequentialBlock layers = new SequentialBlock();
          for (int i = 0; i < 4; i++) {
            layers.add(new TransformerEncoderBlock(256, 8, 1024, 0f, Activation::gelu));
          }
          return layers
              .add(new LambdaBlock(list -> new NDList(list.head().mean(new int[] {1}))))
              .add(Linear.builder().setUnits(CLASSES).build());
        },
        new Shape(batch, 64, 256));
  }

  private static Conv2d convolution(int filters) {
    return Conv2d.builder()
        .setKernelShape(new Shape(3, 3))
        .optPadding(new Shape(1, 1))
        .setFilters(filters)
        .build();
  }

  /** Trains and gives the parameters. */
  List<float[]> train(Device device, int steps, Maker maker) {
    return train(device, steps, maker, trainer -> {});
  }

  /** Trains, shows the trainer when done, and gives the parameters. */
  List<float[]> train(Device device, int steps, Maker maker, Consumer<Trainer> atEnd) {
    Engine.getEngine("PyTorch").setRandomSeed(SEED);
    try (Model model = newModel(device)) {
      try (Trainer trainer = maker.apply(model, config(device))) {
        trainer.initialize(oneSample());
        for (int step = 0; step < steps; step++) {
          try (Batch batch = batch(trainer.getManager(), step)) {
            EasyTrain.trainBatch(trainer, batch);
            trainer.step();
          }
        }
        atEnd.accept(trainer);
        return parameters(model.getBlock());
      }
    }
  }

  /** The model, without parameters yet. */
  Model newModel(Device device) {
    Model model = Model.newInstance(name, device, "PyTorch");
    model.setBlock(block.get());
    return model;
  }

  /** DJL computes some blocks for real to learn their output's shape: of one sample, that is. */
  Shape oneSample() {
    long[] shape = input.getShape().clone();
    shape[0] = 1;
    return new Shape(shape);
  }

  static DefaultTrainingConfig config(Device device) {
    return new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
        .optDevices(new Device[] {device})
        .optOptimizer(
            Optimizer.sgd()
                .setLearningRateTracker(Tracker.fixed(LEARNING_RATE))
                .optMomentum(0.9f)
                .build());
  }

  Batch batch(NDManager parent, int step) {
    NDManager manager = parent.newSubManager();
    Random random = new Random(SEED + step);
    float[] values = new float[(int) input.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    int size = (int) input.get(0);
    float[] classes = new float[size];
    for (int i = 0; i < size; i++) {
      classes[i] = random.nextInt(CLASSES);
    }
    NDList data = new NDList(manager.create(values, input));
    NDList labels = new NDList(manager.create(classes, new Shape(size)));
    return new Batch(manager, data, labels, size, Batchifier.STACK, Batchifier.STACK, 0, 0);
  }

  private static List<float[]> parameters(Block block) {
    List<float[]> values = new ArrayList<>();
    for (Parameter parameter : block.getParameters().values()) {
      values.add(parameter.getArray().toFloatArray());
    }
    return values;
  }

  /** The largest difference of a parameter, relative to that parameter's largest magnitude. */
  static double relativeDifference(List<float[]> a, List<float[]> b) {
    double worst = 0;
    for (int p = 0; p < a.size(); p++) {
      double difference = 0;
      double largest = Float.MIN_NORMAL;
      for (int i = 0; i < a.get(p).length; i++) {
        difference = Math.max(difference, Math.abs((double) a.get(p)[i] - b.get(p)[i]));
        largest = Math.max(largest, Math.abs(a.get(p)[i]));
      }
      worst = Math.max(worst, difference / largest);
    }
    return worst;
  }

  /** Whether every parameter is a number. */
  static boolean isFinite(List<float[]> parameters) {
    for (float[] values : parameters) {
      for (float value : values) {
        if (!Float.isFinite(value)) {
          return false;
        }
      }
    }
    return true;
  }
}
