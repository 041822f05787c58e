package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.convolutional.Conv2dTranspose;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import ai.djl.nn.recurrent.GRU;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import io.smartops.report.history.Compute;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/**
 * Counts by hand, in the comments, are of one sample's forward pass; training is three times it.
 */
class FlopCountTest {
  private static final int TRAINING = 3;

  @Test
  void multilayerPerceptron() {
    Block block =
        new SequentialBlock()
            .add(Blocks.batchFlattenBlock())
            .add(linear(256))
            .add(Activation::relu)
            .add(linear(10));

    // 2·784·256 + 2·256·10
    assertThat(count(block, new Shape(4, 1, 28, 28))).hasValue(TRAINING * (401_408 + 5_120));
  }

  @Test
  void convolutionalNetwork() {
    Block block =
        new SequentialBlock()
            .add(conv(8, 1, 1))
            .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
            .add(conv(16, 1, 1))
            .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
            .add(Blocks.batchFlattenBlock())
            .add(linear(10));

    // 2·(1·3·3)·8·28² + 2·(8·3·3)·16·14² + 2·(16·7²)·10
    assertThat(count(block, new Shape(2, 1, 28, 28)))
        .hasValue(TRAINING * (112_896 + 451_584 + 15_680));
  }

  @Test
  void recurrentNetwork() {
    Block block =
        new SequentialBlock()
            .add(LSTM.builder().setStateSize(16).setNumLayers(1).build())
            .add(linear(2));

    // 20 steps of 4 gates: 2·4·16·(8 + 16) each; then 2·16·2 for each of 20 steps
    assertThat(count(block, new Shape(5, 20, 8))).hasValue(TRAINING * (61_440 + 1_280));
  }

  @Test
  void recurrentNetworkInBothDirectionsAndTwoLayers() {
    Block block = GRU.builder().setStateSize(4).setNumLayers(2).optBidirectional(true).build();

    // 10 steps of 3 gates in 2 directions: 2·3·4·(6 + 4)·2, then 2·3·4·(8 + 4)·2
    assertThat(count(block, new Shape(2, 10, 6))).hasValue(TRAINING * (4_800 + 5_760));
  }

  @Test
  void transformerEncoder() {
    Block block = new TransformerEncoderBlock(32, 4, 64, 0f, Activation::relu);

    // 4 projections 2·32²·10; scores and values 2·2·10²·32; 2·32·64·10 there and back
    assertThat(count(block, new Shape(3, 10, 32))).hasValue(TRAINING * (81_920 + 12_800 + 81_920));
  }

  @Test
  void groupedConvolutionAndDeconvolution() {
    Block block =
        new SequentialBlock()
            .add(conv(8, 2, 8))
            .add(
                Conv2dTranspose.builder()
                    .setFilters(4)
                    .setKernelShape(new Shape(2, 2))
                    .optStride(new Shape(2, 2))
                    .build());

    // 2·(1·3·3)·8·8² + 2·8·(4·2·2)·8²
    assertThat(count(block, new Shape(1, 8, 16, 16))).hasValue(TRAINING * (9_216 + 16_384));
  }

  @Test
  void aModelWithoutKnownBlocksHasNoCount() {
    assertThat(count(new LambdaBlock(list -> list), new Shape(2, 3))).isEmpty();
  }

  @Test
  void theProcessorsPeakIsMeasured() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      assertThat(ProcessorPeak.measure(manager)).isBetween(1e8, 1e14);
    }
  }

  @Test
  void aPeakIsOnlyCorrectedUpwards() {
    try (Model model = Model.newInstance("peak", "PyTorch")) {
      assertThat(ModelCompute.again(withPeak(1), model).peak("float32").getAsDouble())
          .isBetween(1e8, 1e14);
      assertThat(ModelCompute.again(withPeak(1e15), model).peak("float32")).hasValue(1e15);
      assertThat(ModelCompute.again(Compute.UNKNOWN, model)).isEqualTo(Compute.UNKNOWN);
    }
  }

  @Test
  void aModelThatIsClosedKeepsItsPeak() {
    Model model = Model.newInstance("closed", "PyTorch");
    model.close();
    assertThat(ModelCompute.again(withPeak(1), model)).isEqualTo(withPeak(1));
  }

  private static Compute withPeak(double flops) {
    return new Compute(OptionalLong.of(1), Map.of("float32", flops), "measured");
  }

  private static Block linear(int units) {
    return Linear.builder().setUnits(units).build();
  }

  private static Block conv(int filters, int stride, int groups) {
    return Conv2d.builder()
        .setFilters(filters)
        .setKernelShape(new Shape(3, 3))
        .optPadding(new Shape(1, 1))
        .optStride(new Shape(stride, stride))
        .optGroups(groups)
        .build();
  }

  private static OptionalLong count(Block block, Shape input) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      block.initialize(manager, DataType.FLOAT32, input);
      return FlopCount.perSample(block, input);
    }
  }
}
