package io.smartops.examples;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.loss.Loss;

/**
 * The mean cross-entropy of the targets that are not padding. Every token of a batch weighs the
 * same, so a short piece counts for less than a long one: the mean over a batch is not the mean of
 * the means over its parts.
 */
final class TokenLoss extends Loss {

  TokenLoss() {
    super("TokenLoss");
  }

  @Override
  public NDArray evaluate(NDList labels, NDList predictions) {
    return sum(labels, predictions).div(mask(labels).sum());
  }

  /** The sum of the cross-entropies. */
  static NDArray sum(NDList labels, NDList predictions) {
    NDArray targets = labels.singletonOrThrow().expandDims(-1);
    NDArray chances = predictions.singletonOrThrow().logSoftmax(-1).gather(targets, -1);
    return chances.squeeze(-1).mul(mask(labels)).sum().neg();
  }

  /** 1 for a target, 0 for padding. */
  static NDArray mask(NDList labels) {
    NDArray targets = labels.singletonOrThrow();
    return targets.neq(Characters.PADDING).toType(DataType.FLOAT32, false);
  }
}
