package io.smartops.djl;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.nn.convolutional.Deconvolution;
import ai.djl.nn.core.Linear;
import ai.djl.nn.recurrent.RecurrentBlock;
import ai.djl.nn.transformer.ScaledDotProductAttentionBlock;
import java.util.OptionalLong;

/**
 * Floating-point operations of a model, counted from its initialised blocks; a multiplication and
 * an addition are two. For a batch, forward:
 *
 * <ul>
 *   <li>linear: {@code 2 · weights · positions}
 *   <li>convolution: {@code 2 · weights · output positions}; deconvolution: of input positions
 *   <li>recurrent: {@code 2 · weights · time steps · batch}
 *   <li>attention of F queries on T keys, E wide: {@code 4·E²·(F+T) + 4·F·T·E} a sample
 * </ul>
 *
 * <p>A training step takes three times that: the backward pass computes two products for each one
 * of the forward pass (PaLM, appendix B, arXiv 2204.02311). Norms, activations and embeddings are
 * left out, as is customary, and so are the insides of lambdas; a block that is used several times
 * in a forward pass counts once.
 */
final class FlopCount {
  private static final long BACKWARD_AND_FORWARD = 3;
  private static final long MULTIPLY_ADD = 2;

  /** Axis of time in a recurrent block's input (batch, time, features). */
  private static final int TIME_AXIS = 1;

  private FlopCount() {}

  /**
   * Of a training step, for each sample; empty for a model in which nothing can be counted.
   *
   * @param block an initialised model
   * @param inputs the shapes with which it was initialised, the batch first
   */
  static OptionalLong perSample(Block block, Shape... inputs) {
    long batch = inputs.length > 0 && inputs[0].dimension() > 0 ? inputs[0].get(0) : 0;
    if (batch < 1) {
      return OptionalLong.empty();
    }
    long forward = forward(block);
    return forward > 0
        ? OptionalLong.of(BACKWARD_AND_FORWARD * forward / batch)
        : OptionalLong.empty();
  }

  private static long forward(Block block) {
    if (block instanceof Linear) {
      long weights = weights(block);
      Shape input = input(block);
      return MULTIPLY_ADD * weights * (input.size() / input.get(input.dimension() - 1));
    }
    if (block instanceof Convolution) {
      return MULTIPLY_ADD * weights(block) * positions(block.getOutputShapes(shapes(block))[0]);
    }
    if (block instanceof Deconvolution) {
      return MULTIPLY_ADD * weights(block) * positions(input(block));
    }
    if (block instanceof RecurrentBlock) {
      return MULTIPLY_ADD * weights(block) * input(block).get(0) * input(block).get(TIME_AXIS);
    }
    if (block instanceof ScaledDotProductAttentionBlock) {
      return attention(block);
    }
    return block.getChildren().values().stream().mapToLong(FlopCount::forward).sum();
  }

  /** Four projections, the scores and the weighted values. */
  private static long attention(Block block) {
    Shape[] inputs = shapes(block);
    Shape queries = inputs.length == 1 ? inputs[0] : inputs[1];
    Shape keys = inputs[0];
    long batch = queries.get(0);
    long f = queries.get(1);
    long t = keys.get(1);
    long e = queries.get(2);
    long projections = 2 * MULTIPLY_ADD * e * e * (f + t);
    return batch * (projections + 2 * MULTIPLY_ADD * f * t * e);
  }

  /** Elements of all weights; biases take no multiplication. */
  private static long weights(Block block) {
    return block.getDirectParameters().values().stream()
        .filter(parameter -> parameter.getType() == Parameter.Type.WEIGHT)
        .mapToLong(parameter -> parameter.getShape().size())
        .sum();
  }

  /** Samples times places in space: all axes but the channels'. */
  private static long positions(Shape batchOfChannels) {
    return batchOfChannels.size() / batchOfChannels.get(1);
  }

  private static Shape[] shapes(Block block) {
    return block.getInputShapes();
  }

  private static Shape input(Block block) {
    return shapes(block)[0];
  }
}
