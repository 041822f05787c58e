package io.smartops.examples;

import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.evaluator.Evaluator;
import ai.djl.training.loss.Loss;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.util.List;

/** What workloads have in common whose model tells which of some classes a sample belongs to. */
abstract class Classifier implements Workload {
  private static final int PERCENT = 100;

  /** What the classes are called, in their order. */
  abstract List<String> classes();

  @Override
  public final Loss loss() {
    return Loss.softmaxCrossEntropyLoss();
  }

  @Override
  public final Evaluator evaluator() {
    return new Accuracy("accuracy");
  }

  @Override
  public final String format(float value) {
    return "%.2f %%".formatted(PERCENT * value);
  }

  @Override
  public final String predict(Predictor<NDList, NDList> saved, NDManager manager)
      throws IOException, TranslateException {
    try (Batch first = testSet(manager, 1).getData(manager).iterator().next();
        NDArray scores = saved.predict(first.getData()).singletonOrThrow();
        NDArray chances = scores.softmax(1).get(0)) {
      int truth = (int) first.getLabels().singletonOrThrow().getLong(0);
      int guess = (int) chances.argMax().getLong();
      return "it takes the first test sample, '%s', for '%s' (%.1f %%)"
          .formatted(classes().get(truth), classes().get(guess), PERCENT * chances.getFloat(guess));
    }
  }
}
