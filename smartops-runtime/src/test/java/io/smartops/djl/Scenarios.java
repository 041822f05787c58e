package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.nn.transformer.PointwiseFeedForwardBlock;
import ai.djl.nn.transformer.ScaledDotProductAttentionBlock;
import ai.djl.training.ParameterStore;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.Batchifier;
import ai.djl.util.PairList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;

/** The models and losses of the exactness tests. */
final class Scenarios {
  static final int BATCH = 32;
  static final int CLASSES = 5;

  private Scenarios() {}

  static List<Scenario> models() {
    return List.of(mlp(), cnn(), lstm(), transformer(0f), twoInputs());
  }

  static List<Function<Scenario, Scenario>> losses() {
    return List.of(
        s -> s.withLoss("mean", b -> Loss.softmaxCrossEntropyLoss()),
        s -> s.withLoss("sum", b -> new SumLoss()).withOptimizer(Scenarios::slowMomentum),
        s -> s.withLoss("token-weighted", b -> new WeightedLoss()),
        s -> s.withLoss("regularised", RegularisedLoss::new),
        s -> s.withLoss("contrastive", b -> new ContrastiveLoss()));
  }

  /** For a summed loss, whose gradient is a batch's size times larger. */
  private static Optimizer slowMomentum() {
    return Optimizer.sgd()
        .setLearningRateTracker(Tracker.fixed(0.02f / BATCH))
        .optMomentum(0.9f)
        .build();
  }

  static Scenario mlp() {
    return scenario("mlp", () -> mlpBlock(12, CLASSES), new Shape(BATCH, 12));
  }

  static Block mlpBlock(int features, int classes) {
    return new SequentialBlock()
        .add(Blocks.batchFlattenBlock(features))
        .add(Linear.builder().setUnits(16).build())
        .add(Activation.tanhBlock())
        .add(Linear.builder().setUnits(classes).build());
  }

  /** Samples for a classifier, on a manager of their own below {@code parent}. */
  static Batch samples(NDManager parent, int samples, int features, int classes, int seed) {
    NDManager manager = parent.newSubManager();
    Random random = new Random(seed);
    float[] x = new float[samples * features];
    float[] y = new float[samples];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    for (int i = 0; i < y.length; i++) {
      y[i] = random.nextInt(classes);
    }
    NDList data = new NDList(aligned(manager.create(x, new Shape(samples, features))));
    NDList labels = new NDList(aligned(manager.create(y)));
    return new Batch(manager, data, labels, samples, Batchifier.STACK, Batchifier.STACK, 0, 0);
  }

  static Scenario dropoutMlp() {
    return scenario(
        "mlp with dropout",
        () ->
            new SequentialBlock()
                .add(Linear.builder().setUnits(16).build())
                .add(Dropout.builder().optRate(0.5f).build())
                .add(Activation.reluBlock())
                .add(Linear.builder().setUnits(CLASSES).build()),
        new Shape(BATCH, 12));
  }

  static Scenario cnn() {
    return scenario(
        "cnn",
        () ->
            new SequentialBlock()
                .add(Conv2d.builder().setKernelShape(new Shape(3, 3)).setFilters(4).build())
                .add(Activation.reluBlock())
                .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(CLASSES).build()),
        new Shape(BATCH, 1, 8, 8));
  }

  static Scenario batchNormCnn() {
    return scenario(
        "cnn with batch norm",
        () ->
            new SequentialBlock()
                .add(Conv2d.builder().setKernelShape(new Shape(3, 3)).setFilters(4).build())
                .add(BatchNorm.builder().build())
                .add(Activation.reluBlock())
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(CLASSES).build()),
        new Shape(BATCH, 1, 8, 8));
  }

  static Scenario lstm() {
    return scenario(
        "lstm",
        () ->
            new SequentialBlock()
                .add(
                    LSTM.builder()
                        .setNumLayers(1)
                        .setStateSize(8)
                        .optReturnState(false)
                        .optBatchFirst(true)
                        .build())
                .add(new LambdaBlock(l -> new NDList(l.head().get(":, -1, :"))))
                .add(Linear.builder().setUnits(CLASSES).build()),
        new Shape(BATCH, 6, 4));
  }

  static Scenario transformer(float dropout) {
    return scenario(
        dropout == 0 ? "transformer" : "transformer with dropout",
        () ->
            new SequentialBlock()
                .add(new EncoderBlock(8, 2, 16, dropout))
                .add(new LambdaBlock(l -> new NDList(l.head().mean(new int[] {1}))))
                .add(Linear.builder().setUnits(CLASSES).build()),
        new Shape(BATCH, 5, 8));
  }

  static Scenario twoInputs() {
    return new Scenario(
        "two inputs",
        TwoTowers::new,
        List.of(new Shape(BATCH, 6), new Shape(BATCH, 3)),
        (m, seed) -> new NDList(normal(m, seed, 6), normal(m, seed + 1000, 3)),
        (m, seed) -> new NDList(classes(m, seed)),
        b -> Loss.softmaxCrossEntropyLoss(),
        Scenario.momentum(),
        BATCH);
  }

  /** As many times as samples, so that shapes alone do not tell them apart. */
  static Scenario square() {
    return scenario(
        "square", Linear.builder().setUnits(CLASSES)::build, new Shape(BATCH, BATCH, 3));
  }

  private static Scenario scenario(String name, Supplier<Block> block, Shape shape) {
    long[] rest = Arrays.copyOfRange(shape.getShape(), 1, shape.dimension());
    return new Scenario(
        name,
        block,
        List.of(shape),
        (m, seed) -> new NDList(normal(m, seed, rest)),
        (m, seed) -> new NDList(classes(m, seed)),
        b -> Loss.softmaxCrossEntropyLoss(),
        Scenario.momentum(),
        BATCH);
  }

  static NDArray normal(NDManager manager, int seed, long... rest) {
    Shape shape = new Shape(BATCH).addAll(new Shape(rest));
    Random random = new Random(seed);
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return aligned(manager.create(values, shape));
  }

  private static NDArray classes(NDManager manager, int seed) {
    Random random = new Random(seed);
    float[] values = new float[BATCH];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt(CLASSES);
    }
    return aligned(manager.create(values));
  }

  /**
   * A copy in libtorch's own memory. What DJL makes of a Java array is not aligned as libtorch's
   * memory is, and matrix products may round differently with the alignment.
   */
  private static NDArray aligned(NDArray array) {
    NDArray copy = array.duplicate();
    array.close();
    return copy;
  }

  /**
   * An encoder layer as in "Attention is all you need". DJL's own has BatchNorm in place of the
   * paper's LayerNorm, so that its results depend on how a batch is split.
   */
  static final class EncoderBlock extends AbstractBlock {
    private final ScaledDotProductAttentionBlock attention;
    private final Dropout attentionDropout;
    private final LayerNorm attentionNorm;
    private final PointwiseFeedForwardBlock feedForward;
    private final Dropout outputDropout;
    private final LayerNorm outputNorm;

    EncoderBlock(int embedding, int heads, int hidden, float dropout) {
      attention =
          addChildBlock(
              "attention",
              ScaledDotProductAttentionBlock.builder()
                  .setEmbeddingSize(embedding)
                  .setHeadCount(heads)
                  .optAttentionProbsDropoutProb(dropout)
                  .build());
      attentionDropout = addChildBlock("dropout1", dropout(dropout));
      attentionNorm = addChildBlock("norm1", LayerNorm.builder().axis(2).build());
      feedForward =
          addChildBlock(
              "feedForward",
              new PointwiseFeedForwardBlock(List.of(hidden), embedding, Activation::relu));
      outputDropout = addChildBlock("dropout2", dropout(dropout));
      outputNorm = addChildBlock("norm2", LayerNorm.builder().axis(2).build());
    }

    private static Dropout dropout(float rate) {
      return Dropout.builder().optRate(rate).build();
    }

    @Override
    protected NDList forwardInternal(
        ParameterStore store, NDList in, boolean training, PairList<String, Object> params) {
      NDArray x = in.head();
      NDList attended = attention.forward(store, new NDList(x, x, x), training);
      NDArray a = attentionDropout.forward(store, attended, training).head().add(x);
      NDList normed = attentionNorm.forward(store, new NDList(a), training);
      NDList fed = feedForward.forward(store, normed, training);
      NDArray b = outputDropout.forward(store, fed, training).head().add(normed.head());
      return outputNorm.forward(store, new NDList(b), training);
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputShapes) {
      Shape shape = inputShapes[0];
      attention.initialize(manager, type, shape, shape, shape);
      for (Block child :
          List.of(attentionDropout, attentionNorm, feedForward, outputDropout, outputNorm)) {
        child.initialize(manager, type, shape);
      }
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
      return inputShapes;
    }
  }

  /** Two linear towers, whose outputs are added. */
  static final class TwoTowers extends AbstractBlock {
    private final Block left = addChildBlock("left", Linear.builder().setUnits(CLASSES).build());
    private final Block right = addChildBlock("right", Linear.builder().setUnits(CLASSES).build());

    @Override
    protected NDList forwardInternal(
        ParameterStore store, NDList in, boolean training, PairList<String, Object> params) {
      NDArray a = left.forward(store, new NDList(in.get(0)), training).head();
      NDArray b = right.forward(store, new NDList(in.get(1)), training).head();
      return new NDList(a.add(b.tanh()));
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputShapes) {
      left.initialize(manager, type, inputShapes[0]);
      right.initialize(manager, type, inputShapes[1]);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
      return left.getOutputShapes(new Shape[] {inputShapes[0]});
    }
  }

  static NDArray crossEntropy(NDList labels, NDList predictions) {
    NDArray log = predictions.head().logSoftmax(-1);
    NDArray picked = log.mul(labels.head().toType(DataType.INT64, false).oneHot(CLASSES));
    return picked.sum(new int[] {-1}).neg();
  }

  /** The sum over samples. */
  static final class SumLoss extends Loss {
    SumLoss() {
      super("sum");
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
      return crossEntropy(labels, predictions).sum();
    }
  }

  /** Σ w·l / Σ w with weights that depend on the label: as padding does to a language model. */
  static final class WeightedLoss extends Loss {
    WeightedLoss() {
      super("weighted");
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
      NDArray weight = labels.head().square().add(0.1f);
      return crossEntropy(labels, predictions).mul(weight).sum().div(weight.sum());
    }
  }

  /**
   * Mean cross entropy plus a penalty on the parameters themselves. Its factor is of the engine's
   * own memory: that of a {@code mul(0.01f)} is Java's, which DJL lets the garbage collector free
   * though the backward pass reads it, and these runs are compared with plain DJL's.
   */
  static final class RegularisedLoss extends Loss {
    private final Block block;

    RegularisedLoss(Block block) {
      super("regularised");
      this.block = block;
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
      NDArray loss = crossEntropy(labels, predictions).mean();
      NDArray factor = loss.getManager().ones(new Shape()).mul(0.01f);
      for (var parameter : block.getParameters().values()) {
        if (parameter.requiresGradient()) {
          loss = loss.add(parameter.getArray().square().sum().mul(factor));
        }
      }
      return loss;
    }
  }

  /** Each sample against all others of its batch (InfoNCE on the predictions themselves). */
  static final class ContrastiveLoss extends Loss {
    ContrastiveLoss() {
      super("contrastive");
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
      NDArray z = predictions.head();
      NDArray scores = z.matMul(z.transpose());
      NDArray label = labels.head();
      NDArray same = label.expandDims(0).eq(label.expandDims(1)).toType(DataType.FLOAT32, false);
      return scores.logSoftmax(-1).mul(same).sum().neg().div(same.sum());
    }
  }
}
