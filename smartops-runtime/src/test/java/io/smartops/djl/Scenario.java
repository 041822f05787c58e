package io.smartops.djl;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.Batchifier;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One model, its data and its loss, trained the same way by plain DJL and by SmartOps: initial
 * values, batches and seeds are the same.
 */
record Scenario(
    String name,
    Supplier<Block> block,
    List<Shape> inputShapes,
    BiFunction<NDManager, Integer, NDList> data,
    BiFunction<NDManager, Integer, NDList> labels,
    Function<Block, Loss> loss,
    Supplier<Optimizer> optimizer,
    int batchSize) {

  static final int SEED = 42;

  /** The parameters after a run, by position. */
  record Result(List<float[]> parameters, List<Float> losses) {}

  /** What a loop does with one batch. */
  interface Loop {
    void step(Trainer trainer, Batch batch, int index);
  }

  Scenario withOptimizer(Supplier<Optimizer> other) {
    return new Scenario(name, block, inputShapes, data, labels, loss, other, batchSize);
  }

  Scenario withLoss(String lossName, Function<Block, Loss> other) {
    return new Scenario(
        name + " " + lossName, block, inputShapes, data, labels, other, optimizer, batchSize);
  }

  static Supplier<Optimizer> sgd() {
    return () -> Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.05f)).build();
  }

  static Supplier<Optimizer> momentum() {
    return momentum(0.02f);
  }

  static Supplier<Optimizer> momentum(float learningRate) {
    return () ->
        Optimizer.sgd()
            .setLearningRateTracker(Tracker.fixed(learningRate))
            .optMomentum(0.9f)
            .optWeightDecays(1e-3f)
            .build();
  }

  static Supplier<Optimizer> adam() {
    return () -> Optimizer.adam().optLearningRateTracker(Tracker.fixed(1e-3f)).build();
  }

  /** Trains with plain DJL. */
  Result plain(int steps, Loop loop) {
    return run(steps, loop, (model, config) -> model.newTrainer(config), b -> batchSize, t -> {});
  }

  /** Trains with SmartOps. */
  Result smart(SmartOpsConfig options, int steps, Loop loop) {
    return smart(options, steps, loop, Checkpoints.NONE, trainer -> {});
  }

  Result smart(
      SmartOpsConfig options,
      int steps,
      Loop loop,
      Checkpoints checkpoints,
      Consumer<AdaptiveTrainer> atEnd) {
    return run(
        steps,
        loop,
        (model, config) -> AdaptiveTrainer.create(model, config, options, checkpoints),
        b -> batchSize,
        trainer -> atEnd.accept((AdaptiveTrainer) trainer));
  }

  /** Trains with plain DJL on batches of {@code sizes}, by step. */
  Result plain(int steps, Loop loop, Function<Integer, Integer> sizes) {
    return run(steps, loop, (model, config) -> model.newTrainer(config), sizes, t -> {});
  }

  /** Trains with SmartOps on batches of {@code sizes}, by step. */
  Result smart(SmartOpsConfig options, int steps, Loop loop, Function<Integer, Integer> sizes) {
    return run(
        steps,
        loop,
        (model, config) -> AdaptiveTrainer.create(model, config, options),
        sizes,
        t -> {});
  }

  Result run(
      int steps,
      Loop loop,
      BiFunction<Model, DefaultTrainingConfig, Trainer> factory,
      Function<Integer, Integer> sizes,
      Consumer<Trainer> atEnd) {
    SmartOps.mendEngine(); // what is compared with must be right, too
    Engine.getInstance().setRandomSeed(SEED);
    try (Model model = Model.newInstance(name, "PyTorch")) {
      model.setBlock(block.get());
      DefaultTrainingConfig config =
          new DefaultTrainingConfig(loss.apply(model.getBlock())).optOptimizer(optimizer.get());
      try (Trainer trainer = factory.apply(model, config)) {
        trainer.initialize(inputShapes.toArray(Shape[]::new));
        for (int i = 0; i < steps; i++) {
          try (Batch batch = batch(trainer.getManager(), i, sizes.apply(i))) {
            loop.step(trainer, batch, i);
          }
        }
        atEnd.accept(trainer);
        return new Result(parameters(model.getBlock()), List.of());
      }
    }
  }

  /** The batch of step {@code index}: seeded by the step, whatever else draws random numbers. */
  Batch batch(NDManager parent, int index, int size) {
    NDManager manager = parent.newSubManager();
    manager.setName("batch");
    NDList x = data.apply(manager, SEED + 2 * index);
    NDList y = labels.apply(manager, SEED + 2 * index + 1);
    NDList xs = first(x, size);
    NDList ys = first(y, size);
    return new Batch(manager, xs, ys, size, Batchifier.STACK, Batchifier.STACK, 0, 0);
  }

  /**
   * Copies made by the engine: arrays made from Java values lie in Java's own buffers, whose
   * alignment varies, and with it the order in which some operations add.
   */
  private NDList first(NDList arrays, int size) {
    NDList cut = new NDList();
    for (NDArray array : arrays) {
      cut.add((size == batchSize ? array : array.get("0:" + size)).duplicate());
    }
    return cut;
  }

  static List<float[]> parameters(Block block) {
    List<float[]> values = new ArrayList<>();
    for (Parameter parameter : block.getParameters().values()) {
      values.add(parameter.getArray().toFloatArray());
    }
    return values;
  }

  /**
   * The largest difference of a parameter, relative to the largest magnitude in that parameter. A
   * parameter that is all but zero beside the others counts relative to them: the gradient of a key
   * bias in attention, for one, is zero but for rounding, so its digits mean nothing.
   */
  static double relativeDifference(Result a, Result b) {
    double floor = 1e-3 * a.parameters().stream().mapToDouble(Scenario::largest).max().orElse(0);
    double worst = 0;
    for (int p = 0; p < a.parameters().size(); p++) {
      float[] x = a.parameters().get(p);
      float[] y = b.parameters().get(p);
      double difference = 0;
      for (int i = 0; i < x.length; i++) {
        difference = Math.max(difference, Math.abs((double) x[i] - y[i]));
      }
      worst = Math.max(worst, difference / Math.max(largest(x), floor));
    }
    return worst;
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
