package io.smartops.examples;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.evaluator.AbstractAccuracy;
import ai.djl.util.Pair;

/** How often the partner of a vector is the most alike of its batch. */
final class PairRetrieval extends AbstractAccuracy {

  PairRetrieval() {
    super("retrieval");
  }

  @Override
  protected Pair<Long, NDArray> accuracyHelper(NDList labels, NDList predictions) {
    NDArray found = PairLoss.likeness(predictions.singletonOrThrow()).argMax(1);
    NDArray wanted = found.getManager().arange((int) found.size()).toType(DataType.INT64, false);
    return new Pair<>(found.size(), found.eq(wanted).countNonzero());
  }
}
