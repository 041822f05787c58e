package io.smartops.examples;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;

/**
 * A small CNN for 28 × 28 images: two convolutions at full resolution, whose activations make a
 * large batch costly to keep, one at half, and two dense layers. It has neither dropout nor batch
 * normalisation, so that its gradients do not depend on how a batch is split.
 */
final class DigitClassifier {
  private static final int FULL_CHANNELS = 16;
  private static final int HALF_CHANNELS = 32;
  private static final int HIDDEN_UNITS = 128;

  private DigitClassifier() {}

  /** A block without parameters yet; it takes (n, 1, 28, 28) and gives one score a class. */
  static Block newBlock() {
    return new SequentialBlock()
        .add(convolution(5, FULL_CHANNELS))
        .add(Activation.reluBlock())
        .add(convolution(3, FULL_CHANNELS))
        .add(Activation.reluBlock())
        .add(halve())
        .add(convolution(5, HALF_CHANNELS))
        .add(Activation.reluBlock())
        .add(halve())
        .add(Blocks.batchFlattenBlock())
        .add(Linear.builder().setUnits(HIDDEN_UNITS).build())
        .add(Activation.reluBlock())
        .add(Linear.builder().setUnits(MnistDigits.CLASSES).build());
  }

  private static Block convolution(int side, int channels) {
    return Conv2d.builder()
        .setFilters(channels)
        .setKernelShape(new Shape(side, side))
        .optPadding(new Shape(side / 2, side / 2))
        .build();
  }

  private static Block halve() {
    return Pool.avgPool2dBlock(new Shape(2, 2), new Shape(2, 2));
  }
}
