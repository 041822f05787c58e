package io.smartops.examples;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.transformer.IdEmbedding;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jspecify.annotations.Nullable;

/**
 * Tokens (n, places) as vectors (n, places, width): one learnt for the token, one for its place.
 */
final class PlacedEmbedding extends AbstractBlock {
  private final int width;
  private final IdEmbedding tokens;
  private final IdEmbedding places;

  PlacedEmbedding(int tokenCount, int placeCount, int width) {
    this.width = width;
    this.tokens = addChildBlock("tokens", embedding(tokenCount, width));
    this.places = addChildBlock("places", embedding(placeCount, width));
  }

  private static IdEmbedding embedding(int size, int width) {
    return new IdEmbedding.Builder().setDictionarySize(size).setEmbeddingSize(width).build();
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore parameters,
      NDList inputs,
      boolean training,
      @Nullable PairList<String, Object> options) {
    NDArray ids = inputs.singletonOrThrow();
    NDArray row =
        ids.getManager().arange((int) ids.getShape().get(1)).toType(DataType.INT64, false);
    NDArray ofTokens = tokens.forward(parameters, inputs, training).singletonOrThrow();
    NDArray ofPlaces = places.forward(parameters, new NDList(row), training).singletonOrThrow();
    return new NDList(ofTokens.add(ofPlaces.expandDims(0)));
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputShapes) {
    return new Shape[] {inputShapes[0].addAll(new Shape(width))};
  }

  @Override
  protected void initializeChildBlocks(NDManager manager, DataType dataType, Shape... inputShapes) {
    tokens.initialize(manager, dataType, inputShapes);
    places.initialize(manager, dataType, inputShapes[0].slice(1));
  }
}
