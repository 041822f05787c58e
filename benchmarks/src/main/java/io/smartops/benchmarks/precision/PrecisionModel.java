package io.smartops.benchmarks.precision;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import io.smartops.examples.MnistDigits;
import java.util.List;
import java.util.function.Supplier;

/**
 * A model for digits of 28 × 28 pixels.
 *
 * @param name for the table, with its size
 * @param block makes it
 * @param batch samples of a batch
 * @param epochs passes over the training digits for the comparison of accuracies
 */
record PrecisionModel(String name, Supplier<Block> block, int batch, int epochs) {
  private static final int CLASSES = MnistDigits.CLASSES;

  static PrecisionModel mlp() {
    return new PrecisionModel("MLP 784-2048-2048-10", () -> mlp(2_048), 1_024, 10);
  }

  static PrecisionModel tinyMlp() {
    return new PrecisionModel("MLP 784-16-16-10", () -> mlp(16), 16, 1);
  }

  static PrecisionModel resNet20() {
    return new PrecisionModel("ResNet-20, 32 × 32", PrecisionModel::resNet, 128, 2);
  }

  PrecisionModel withBatch(int samples) {
    return new PrecisionModel(name, block, samples, epochs);
  }

  private static Block mlp(int hidden) {
    return new SequentialBlock()
        .add(Blocks.batchFlattenBlock())
        .add(linear(hidden))
        .add(Activation.reluBlock())
        .add(linear(hidden))
        .add(Activation.reluBlock())
        .add(linear(CLASSES));
  }

  /** He et al. (2016), for CIFAR: three stages of three residual units. */
  private static Block resNet() {
    SequentialBlock net =
        new SequentialBlock()
            .add(convolution(16, 3, 1, 3)) // 28 × 28, padded to 32 × 32
            .add(BatchNorm.builder().build())
            .add(Activation.reluBlock());
    for (int filters : new int[] {16, 32, 64}) {
      net.add(unit(filters, filters == 16 ? 1 : 2, filters == 16));
      net.add(unit(filters, 1, true)).add(unit(filters, 1, true));
    }
    return net.add(Pool.globalAvgPool2dBlock())
        .add(Blocks.batchFlattenBlock())
        .add(linear(CLASSES));
  }

  private static Block unit(int filters, int stride, boolean identity) {
    SequentialBlock residual =
        new SequentialBlock()
            .add(convolution(filters, 3, stride, 1))
            .add(BatchNorm.builder().build())
            .add(Activation.reluBlock())
            .add(convolution(filters, 3, 1, 1))
            .add(BatchNorm.builder().build());
    Block shortcut =
        identity
            ? Blocks.identityBlock()
            : new SequentialBlock()
                .add(convolution(filters, 1, stride, 0))
                .add(BatchNorm.builder().build());
    return new ParallelBlock(PrecisionModel::sum, List.of(residual, shortcut));
  }

  private static NDList sum(List<NDList> branches) {
    NDArray sum = branches.get(0).head().add(branches.get(1).head());
    return new NDList(Activation.relu(sum));
  }

  private static Linear linear(int units) {
    return Linear.builder().setUnits(units).build();
  }

  private static Conv2d convolution(int filters, int side, int stride, int padding) {
    return Conv2d.builder()
        .setFilters(filters)
        .setKernelShape(new Shape(side, side))
        .optStride(new Shape(stride, stride))
        .optPadding(new Shape(padding, padding))
        .optBias(false)
        .build();
  }
}
