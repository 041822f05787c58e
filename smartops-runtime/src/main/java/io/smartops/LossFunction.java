package io.smartops;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/**
 * A loss as a function, for loops that do not use the trainer's own. It may be called several times
 * for one logical batch, with all samples or with a part of them, and must not keep state between
 * calls.
 */
@FunctionalInterface
public interface LossFunction {

  /**
   * Computes the loss.
   *
   * @param labels the labels, first dimension: samples
   * @param predictions the model's outputs, first dimension: samples, float32
   * @return the loss; a loss that is not a scalar is summed, as DJL's backward does
   */
  NDArray evaluate(NDList labels, NDList predictions);
}
