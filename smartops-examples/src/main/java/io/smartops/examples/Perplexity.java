package io.smartops.examples;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/** Among how many equally likely tokens a language model hesitates: e to the mean cross-entropy. */
final class Perplexity extends MeanEvaluator {

  Perplexity() {
    super("perplexity");
  }

  @Override
  public NDArray evaluate(NDList labels, NDList predictions) {
    return TokenLoss.sum(labels, predictions);
  }

  @Override
  long count(NDList labels) {
    return (long) TokenLoss.mask(labels).sum().getFloat();
  }

  @Override
  double result(double mean) {
    return Math.exp(mean);
  }
}
