package io.smartops.djl;

import ai.djl.basicmodelzoo.basic.Mlp;
import ai.djl.basicmodelzoo.cv.classification.AlexNet;
import ai.djl.basicmodelzoo.cv.classification.GoogLeNet;
import ai.djl.basicmodelzoo.cv.classification.LeNet;
import ai.djl.basicmodelzoo.cv.classification.MobileNetV1;
import ai.djl.basicmodelzoo.cv.classification.MobileNetV2;
import ai.djl.basicmodelzoo.cv.classification.NiN;
import ai.djl.basicmodelzoo.cv.classification.ResNetV1;
import ai.djl.basicmodelzoo.cv.classification.SqueezeNet;
import ai.djl.basicmodelzoo.cv.classification.VGG;
import ai.djl.basicmodelzoo.cv.object_detection.ssd.SingleShotDetection;
import ai.djl.basicmodelzoo.cv.object_detection.yolo.YOLOV3;
import ai.djl.basicmodelzoo.tabular.TabNet;
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
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv1dTranspose;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.convolutional.Conv2dTranspose;
import ai.djl.nn.convolutional.Conv3d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.core.LinearCollection;
import ai.djl.nn.core.Multiplication;
import ai.djl.nn.core.Prelu;
import ai.djl.nn.core.SparseMax;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.norm.GhostBatchNorm;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.nn.recurrent.GRU;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.nn.recurrent.RNN;
import ai.djl.nn.transformer.BertBlock;
import ai.djl.nn.transformer.BertNextSentenceBlock;
import ai.djl.nn.transformer.BertPretrainingBlock;
import ai.djl.nn.transformer.IdEmbedding;
import ai.djl.nn.transformer.PointwiseFeedForwardBlock;
import ai.djl.nn.transformer.ScaledDotProductAttentionBlock;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Every block of DJL's api and model-zoo that holds or passes on parameters, as small as it goes.
 */
final class BlockZoo {
  private static final int BATCH = 4;
  private static final int IDS = 12;

  private final Map<String, Sample> samples = new LinkedHashMap<>();

  /**
   * A model and what it eats.
   *
   * @param ids whether the inputs are token numbers below {@link #IDS}
   */
  record Sample(Supplier<Block> block, List<Shape> inputs, boolean ids) {
    NDList data(NDManager manager, int seed) {
      Random random = new Random(seed);
      NDList data = new NDList();
      for (Shape shape : inputs) {
        float[] values = new float[(int) shape.size()];
        for (int i = 0; i < values.length; i++) {
          values[i] = ids ? random.nextInt(4) : (float) random.nextGaussian();
        }
        NDArray array = manager.create(values, shape);
        data.add(ids ? array.toType(DataType.INT64, false) : array.duplicate());
      }
      return data;
    }
  }

  private BlockZoo() {}

  static Map<String, Sample> layers() {
    BlockZoo zoo = new BlockZoo();
    zoo.dense();
    zoo.convolutional();
    zoo.pooling();
    zoo.activations();
    return zoo.samples;
  }

  static Map<String, Sample> sequences() {
    BlockZoo zoo = new BlockZoo();
    zoo.recurrent();
    zoo.transformers();
    zoo.custom();
    return zoo.samples;
  }

  static Map<String, Sample> models() {
    BlockZoo zoo = new BlockZoo();
    zoo.modelZoo();
    return zoo.samples;
  }

  private void add(String name, Supplier<Block> block, Shape... inputs) {
    samples.put(name, new Sample(block, List.of(inputs), false));
  }

  private void addIds(String name, Supplier<Block> block, Shape... inputs) {
    samples.put(name, new Sample(block, List.of(inputs), true));
  }

  private static Linear linear(int units) {
    return Linear.builder().setUnits(units).build();
  }

  /** Behind a layer whose outputs have 16 bits. */
  private static Supplier<Block> after(int units, Supplier<Block> block) {
    return () -> new SequentialBlock().add(linear(units)).add(block.get());
  }

  private void dense() {
    Shape vectors = new Shape(BATCH, 6);
    add("Linear", () -> linear(3), vectors);
    add("LinearCollection", after(6, this::collection), vectors);
    add("Multiplication", after(6, () -> Multiplication.builder().setUnits(2).build()), vectors);
    add("Prelu", after(6, Prelu::new), vectors);
    add("SparseMax", after(6, SparseMax::new), vectors);
    add("Dropout", after(6, () -> Dropout.builder().optRate(0.3f).build()), vectors);
    add("LayerNorm", after(6, () -> LayerNorm.builder().axis(1).build()), vectors);
    add("BatchNorm", after(6, () -> BatchNorm.builder().build()), vectors);
    add(
        "GhostBatchNorm",
        after(6, () -> GhostBatchNorm.builder().optVirtualBatchSize(2).build()),
        vectors);
    add("flatten", after(6, () -> Blocks.batchFlattenBlock()), vectors);
    add("parallel", this::parallel, vectors);
  }

  private Block collection() {
    return new SequentialBlock()
        .add(new LambdaBlock(l -> new NDList(l.head().reshape(BATCH, 2, 3))))
        .add(LinearCollection.builder().setUnits(2).build());
  }

  private Block parallel() {
    Function<List<NDList>, NDList> sum =
        lists -> new NDList(lists.get(0).head().add(lists.get(1).head()));
    return new ParallelBlock(sum, List.of(linear(3), linear(3)));
  }

  private void convolutional() {
    Shape images = new Shape(BATCH, 2, 8, 8);
    add(
        "Conv1d",
        () -> Conv1d.builder().setFilters(3).setKernelShape(new Shape(3)).build(),
        new Shape(BATCH, 2, 8));
    add("Conv2d", () -> conv2d(3), images);
    add(
        "Conv3d",
        () -> Conv3d.builder().setFilters(3).setKernelShape(new Shape(2, 2, 2)).build(),
        new Shape(BATCH, 2, 4, 4, 4));
    add(
        "Conv1dTranspose",
        () -> Conv1dTranspose.builder().setFilters(3).setKernelShape(new Shape(3)).build(),
        new Shape(BATCH, 2, 8));
    add(
        "Conv2dTranspose",
        () -> Conv2dTranspose.builder().setFilters(3).setKernelShape(new Shape(3, 3)).build(),
        images);
    add(
        "Conv2d and BatchNorm",
        () -> new SequentialBlock().add(conv2d(3)).add(BatchNorm.builder().build()),
        images);
  }

  private static Conv2d conv2d(int filters) {
    return Conv2d.builder().setFilters(filters).setKernelShape(new Shape(3, 3)).build();
  }

  private void pooling() {
    Shape images = new Shape(BATCH, 2, 8, 8);
    Shape two = new Shape(2, 2);
    Map<String, Supplier<Block>> pools = new LinkedHashMap<>();
    pools.put("maxPool2d", () -> Pool.maxPool2dBlock(two, two));
    pools.put("avgPool2d", () -> Pool.avgPool2dBlock(two, two));
    pools.put("lpPool2d", () -> Pool.lpPool2dBlock(2, two, two, new Shape(0, 0), false));
    pools.put("globalMaxPool2d", Pool::globalMaxPool2dBlock);
    pools.put("globalAvgPool2d", Pool::globalAvgPool2dBlock);
    pools.put("globalLpPool2d", () -> Pool.globalLpPool2dBlock(2));
    pools.forEach(
        (name, pool) ->
            add(name, () -> new SequentialBlock().add(conv2d(3)).add(pool.get()), images));
    add(
        "maxPool1d",
        () ->
            new SequentialBlock()
                .add(Conv1d.builder().setFilters(3).setKernelShape(new Shape(3)).build())
                .add(Pool.maxPool1dBlock(new Shape(2), new Shape(2))),
        new Shape(BATCH, 2, 8));
    add(
        "avgPool3d",
        () ->
            new SequentialBlock()
                .add(Conv3d.builder().setFilters(3).setKernelShape(two.add(2)).build())
                .add(Pool.avgPool3dBlock(two.add(2), two.add(2))),
        new Shape(BATCH, 2, 5, 5, 5));
  }

  private void activations() {
    Map<String, Supplier<Block>> all = new LinkedHashMap<>();
    all.put("relu", Activation::reluBlock);
    all.put("relu6", Activation::relu6Block);
    all.put("sigmoid", Activation::sigmoidBlock);
    all.put("tanh", Activation::tanhBlock);
    all.put("softPlus", Activation::softPlusBlock);
    all.put("softSign", Activation::softSignBlock);
    all.put("leakyRelu", () -> Activation.leakyReluBlock(0.1f));
    all.put("elu", () -> Activation.eluBlock(1f));
    all.put("selu", Activation::seluBlock);
    all.put("gelu", Activation::geluBlock);
    all.put("swish", () -> Activation.swishBlock(1f));
    all.put("mish", Activation::mishBlock);
    all.forEach((name, block) -> add(name, after(6, block), new Shape(BATCH, 6)));
  }

  private void recurrent() {
    Shape sequences = new Shape(BATCH, 5, 6);
    add(
        "RNN",
        after(
            6,
            () ->
                RNN.builder()
                    .setActivation(RNN.Activation.TANH)
                    .setStateSize(4)
                    .setNumLayers(1)
                    .optBatchFirst(true)
                    .build()),
        sequences);
    add(
        "GRU",
        after(6, () -> GRU.builder().setStateSize(4).setNumLayers(1).optBatchFirst(true).build()),
        sequences);
    add(
        "LSTM",
        after(6, () -> LSTM.builder().setStateSize(4).setNumLayers(1).optBatchFirst(true).build()),
        sequences);
  }

  private void transformers() {
    Shape tokens = new Shape(BATCH, 5, 8);
    add(
        "PointwiseFeedForwardBlock",
        () -> new PointwiseFeedForwardBlock(List.of(16), 8, Activation::relu),
        tokens);
    add("attention", this::attention, tokens);
    add("masked attention", this::attention, tokens, tokens, tokens, new Shape(BATCH, 5, 5));
    add(
        "TransformerEncoderBlock",
        () -> new TransformerEncoderBlock(8, 2, 16, 0.1f, Activation::gelu),
        tokens);
    add("EncoderBlock with LayerNorm", () -> new Scenarios.EncoderBlock(8, 2, 16, 0.1f), tokens);
    add("BertNextSentenceBlock", after(8, BertNextSentenceBlock::new), new Shape(BATCH, 8));
    Shape ids = new Shape(BATCH, 8);
    addIds("IdEmbedding", this::idEmbedding, ids);
    addIds("BertBlock", () -> bert().build(), ids, ids, ids);
    addIds(
        "BertPretrainingBlock",
        () -> new BertPretrainingBlock(bert()),
        ids,
        ids,
        ids,
        new Shape(BATCH, 2));
  }

  private Block attention() {
    return ScaledDotProductAttentionBlock.builder()
        .setEmbeddingSize(8)
        .setHeadCount(2)
        .optAttentionProbsDropoutProb(0.1f)
        .build();
  }

  private Block idEmbedding() {
    return new SequentialBlock()
        .add(new IdEmbedding.Builder().setDictionarySize(IDS).setEmbeddingSize(8).build())
        .add(linear(3));
  }

  private static BertBlock.Builder bert() {
    return BertBlock.builder()
        .setTokenDictionarySize(IDS)
        .optTypeDictionarySize(IDS)
        .optEmbeddingSize(8)
        .optAttentionHeadCount(2)
        .optTransformerBlockCount(1)
        .optHiddenSize(8)
        .optMaxSequenceLength(8);
  }

  private void modelZoo() {
    Shape digits = new Shape(BATCH, 1, 28, 28);
    Shape images = new Shape(BATCH, 3, 32, 32);
    Shape photos = new Shape(2, 3, 96, 96);
    add("Mlp", () -> new Mlp(12, 3, new int[] {16, 8}), new Shape(BATCH, 12));
    add("LeNet", () -> LeNet.builder().build(), digits);
    add(
        "ResNetV1",
        () ->
            ResNetV1.builder()
                .setImageShape(new Shape(3, 28, 28))
                .setNumLayers(20)
                .setOutSize(10)
                .build(),
        new Shape(BATCH, 3, 28, 28));
    add("MobileNetV1", () -> MobileNetV1.builder().optWidthMultiplier(0.25f).build(), images);
    add("MobileNetV2", () -> MobileNetV2.builder().setOutSize(10).build(), images);
    add("SqueezeNet", () -> SqueezeNet.squeezenet(10), photos);
    add("GoogLeNet", () -> GoogLeNet.builder().build(), new Shape(2, 1, 96, 96));
    add("NiN", () -> NiN.builder().build(), new Shape(2, 1, 96, 96));
    add("AlexNet", () -> AlexNet.builder().build(), new Shape(2, 1, 80, 80));
    add("VGG", () -> VGG.builder().build(), images);
    add("SingleShotDetection", this::ssd, images);
    add("YOLOV3", () -> YOLOV3.builder().setNumClasses(3).build(), new Shape(2, 3, 64, 64));
    add(
        "TabNet",
        () -> TabNet.builder().setInputDim(12).setOutDim(3).optVirtualBatchSize(BATCH).build(),
        new Shape(BATCH, 12));
  }

  private Block ssd() {
    List<List<Float>> sizes = new ArrayList<>();
    List<List<Float>> ratios = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      sizes.add(List.of(0.2f * (i + 1), 0.3f * (i + 1)));
      ratios.add(List.of(1f, 2f, 0.5f));
    }
    return SingleShotDetection.builder()
        .setNumClasses(2)
        .setNumFeatures(1)
        .optGlobalPool(true)
        .setRatios(ratios)
        .setSizes(sizes)
        .setBaseNetwork(
            new SequentialBlock()
                .add(conv2d(4))
                .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2))))
        .build();
  }

  private void custom() {
    Shape vectors = new Shape(BATCH, 6);
    add("custom: softmax", () -> new Custom(NDArray::softmax), vectors);
    add("custom: logSoftmax", () -> new Custom(NDArray::logSoftmax), vectors);
    add("custom: onesLike", () -> new Custom((a, axis) -> a.mul(a.onesLike())), vectors);
    add("custom: in place", () -> new Custom((a, axis) -> a.add(a.mul(2f).addi(1f))), vectors);
    add("custom: zerosLike", () -> new Custom((a, axis) -> a.add(a.zerosLike())), vectors);
    add(
        "custom: toType",
        () -> new Custom((a, axis) -> a.toType(DataType.FLOAT32, true).add(a)),
        vectors);
    add(
        "custom: zeros of its type",
        () -> new Custom((a, axis) -> a.add(a.getManager().zeros(a.getShape(), a.getDataType()))),
        vectors);
    add(
        "custom: toDevice",
        () -> new Custom((a, axis) -> a.toDevice(a.getDevice(), true).add(a)),
        vectors);
    add(
        "custom: constants",
        () -> new Custom((a, axis) -> a.getManager().ones(a.getShape()).mul(a)),
        vectors);
    add("custom: parameters by hand", () -> new OwnProducts(), vectors);
  }

  /** A block that does something of its own with activations of 16 bits. */
  private static final class Custom extends AbstractBlock {
    private final Block before = addChildBlock("before", linear(4));
    private final java.util.function.BiFunction<NDArray, Integer, NDArray> operation;

    Custom(java.util.function.BiFunction<NDArray, Integer, NDArray> operation) {
      this.operation = operation;
    }

    @Override
    protected NDList forwardInternal(
        ParameterStore store, NDList in, boolean training, PairList<String, Object> params) {
      return new NDList(operation.apply(before.forward(store, in, training).head(), 1));
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... shapes) {
      before.initialize(manager, type, shapes);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] shapes) {
      return before.getOutputShapes(shapes);
    }
  }

  /** A block that goes past the parameter store, and takes a softmax of a product. */
  private static final class OwnProducts extends AbstractBlock {
    private final Block before = addChildBlock("before", linear(4));

    @Override
    protected NDList forwardInternal(
        ParameterStore store, NDList in, boolean training, PairList<String, Object> params) {
      NDArray weight = before.getParameters().valueAt(0).getArray();
      NDArray mixed = weight.matMul(weight.transpose()).softmax(1);
      return new NDList(before.forward(store, in, training).head().matMul(mixed));
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... shapes) {
      before.initialize(manager, type, shapes);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] shapes) {
      return before.getOutputShapes(shapes);
    }
  }
}
