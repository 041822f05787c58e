package io.smartops.examples;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;

/**
 * InfoNCE over a batch of pairs (n, 2, width): each vector must be more like its partner than like
 * the partners of all others. The cross-entropy of finding the partner, by cosine over a
 * temperature, is averaged over both directions. Every sample's loss depends on the whole batch, so
 * the loss of a part is no part of the loss.
 *
 * <p>Source: van den Oord et al., "Representation Learning with Contrastive Predictive Coding",
 * 2018; both directions as in CLIP.
 */
final class PairLoss extends Loss {
  private static final float TEMPERATURE = 0.1f;

  PairLoss() {
    super("PairLoss");
  }

  @Override
  public NDArray evaluate(NDList labels, NDList predictions) {
    NDArray likeness = likeness(predictions.singletonOrThrow()).div(TEMPERATURE);
    return crossEntropy(likeness).add(crossEntropy(likeness.transpose())).div(2);
  }

  /** The cosine between each first vector (rows) and each second one (columns). */
  static NDArray likeness(NDArray pairs) {
    NDArray unit = pairs.normalize(2, 2);
    return unit.get(":, 0").matMul(unit.get(":, 1").transpose());
  }

  /** Of finding column i in row i. */
  private static NDArray crossEntropy(NDArray scores) {
    NDArray chances = scores.logSoftmax(1);
    NDArray own = chances.getManager().eye((int) scores.getShape().get(0));
    return chances.mul(own).sum().div(scores.getShape().get(0)).neg();
  }
}
