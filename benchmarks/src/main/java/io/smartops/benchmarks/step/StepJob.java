package io.smartops.benchmarks.step;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import java.util.List;
import java.util.function.Supplier;

/**
 * A model, the batch that it is trained on, and how many steps are timed as one block.
 *
 * @param name for the table
 * @param block the model, without parameters yet
 * @param batch shape of a batch
 * @param blockSteps steps of one block: some 0.2 s on two cores
 */
record StepJob(String name, Supplier<Block> block, Shape batch, int blockSteps) {
  static final int CLASSES = 10;

  static List<StepJob> all() {
    return List.of(
        new StepJob("tiny MLP 12-32-10, batch 32", () -> mlp(32, 1), new Shape(32, 12), 400),
        new StepJob("MLP 256-1024-1024-10, batch 256", () -> mlp(1024, 2), new Shape(256, 256), 10),
        new StepJob("digits CNN, batch 64", StepJob::cnn, new Shape(64, 1, 28, 28), 30),
        new StepJob("digits CNN, batch 512", StepJob::cnn, new Shape(512, 1, 28, 28), 5));
  }

  /** The job of this name. */
  static StepJob named(String name) {
    return all().stream().filter(job -> job.name().equals(name)).findFirst().orElseThrow();
  }

  private static Block mlp(int width, int hidden) {
    SequentialBlock block = new SequentialBlock();
    for (int i = 0; i < hidden; i++) {
      block.add(Linear.builder().setUnits(width).build()).add(Activation.reluBlock());
    }
    return block.add(Linear.builder().setUnits(CLASSES).build());
  }

  /** LeNet-5 with rectifiers: small, so that what a step costs besides arithmetic shows. */
  private static Block cnn() {
    return new SequentialBlock()
        .add(convolution(6, 2))
        .add(Activation.reluBlock())
        .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
        .add(convolution(16, 0))
        .add(Activation.reluBlock())
        .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
        .add(Blocks.batchFlattenBlock())
        .add(Linear.builder().setUnits(120).build())
        .add(Activation.reluBlock())
        .add(Linear.builder().setUnits(84).build())
        .add(Activation.reluBlock())
        .add(Linear.builder().setUnits(CLASSES).build());
  }

  private static Block convolution(int filters, int padding) {
    return Conv2d.builder()
        .setKernelShape(new Shape(5, 5))
        .optPadding(new Shape(padding, padding))
        .setFilters(filters)
        .build();
  }
}
