package io.smartops.djl;

import ai.djl.ndarray.NDArray;

/** The engine's own backward pass from a loss. */
@FunctionalInterface
interface Backward {
  void backward(NDArray loss);
}
