package io.smartops.examples;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/** How far predictions are from the labels, in the labels' unit. */
final class RootMeanSquareError extends MeanEvaluator {

  RootMeanSquareError() {
    super("RMSE");
  }

  @Override
  public NDArray evaluate(NDList labels, NDList predictions) {
    NDArray predicted = predictions.singletonOrThrow();
    return labels.singletonOrThrow().reshape(predicted.getShape()).sub(predicted).square().sum();
  }

  @Override
  long count(NDList labels) {
    return labels.singletonOrThrow().size();
  }

  @Override
  double result(double mean) {
    return Math.sqrt(mean);
  }
}
