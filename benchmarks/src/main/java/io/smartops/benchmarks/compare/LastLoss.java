package io.smartops.benchmarks.compare;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;

/** The loss of the batches that it is told to keep; of the others it costs nothing. */
final class LastLoss extends TrainingListenerAdapter {
  private boolean keeping;
  private double sum;
  private int count;

  void keep(boolean now) {
    keeping = now;
  }

  @Override
  public void onTrainingBatch(Trainer trainer, BatchData batch) {
    if (keeping) {
      Device device = batch.getLabels().keySet().iterator().next();
      try (NDArray loss =
          trainer
              .getLoss()
              .evaluate(batch.getLabels().get(device), batch.getPredictions().get(device))) {
        sum += loss.getFloat();
        count++;
      }
    }
  }

  /** Their mean; a logical batch may have come in parts. */
  double mean() {
    return sum / count;
  }
}
