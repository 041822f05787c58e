package io.smartops.examples;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.transformer.ScaledDotProductAttentionBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jspecify.annotations.Nullable;

/** DJL's attention, in which a place sees itself and what comes before it. */
final class CausalAttention extends AbstractBlock {
  /** Added to the score of a place that must not be seen: its share is 0 after the softmax. */
  private static final float UNSEEN = -1e5f;

  private final ScaledDotProductAttentionBlock attention;

  CausalAttention(int width, int heads) {
    this.attention =
        addChildBlock(
            "attention",
            ScaledDotProductAttentionBlock.builder()
                .setEmbeddingSize(width)
                .setHeadCount(heads)
                .optAttentionProbsDropoutProb(0)
                .build());
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore parameters,
      NDList inputs,
      boolean training,
      @Nullable PairList<String, Object> options) {
    NDArray input = inputs.singletonOrThrow();
    NDList masked = new NDList(input, mask(input));
    return attention.forward(parameters, masked, training);
  }

  /** Of shape (1, 1, to, from): the same for each sample and each head. */
  private static NDArray mask(NDArray input) {
    long places = input.getShape().get(1);
    NDArray place = input.getManager().arange((int) places);
    NDArray later = place.reshape(1, 1, 1, places).gt(place.reshape(1, 1, places, 1));
    return later.toType(DataType.FLOAT32, false).mul(UNSEEN);
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputShapes) {
    return inputShapes;
  }

  @Override
  protected void initializeChildBlocks(NDManager manager, DataType dataType, Shape... inputShapes) {
    attention.initialize(manager, dataType, inputShapes);
  }
}
