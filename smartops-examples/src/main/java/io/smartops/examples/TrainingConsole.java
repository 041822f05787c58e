package io.smartops.examples;

import ai.djl.training.Trainer;
import ai.djl.training.TrainingResult;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.listener.TrainingListenerAdapter;
import io.smartops.report.console.ProgressLine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows a training run of DJL's: a line an epoch, and one line of progress, which is for plain DJL
 * runs; the runtime has its own. Give it to DJL as a training listener, after {@link
 * EvaluatorTrainingListener}.
 *
 * <p>Not thread-safe: everything happens on the thread that trains.
 */
final class TrainingConsole extends TrainingListenerAdapter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingConsole.class);

  private final Workload workload;
  private final int epochs;
  private final ProgressLine line;
  private final Throughput throughput;
  private int epoch;
  private long steps;

  /** A console for a run of {@code epochs} of {@code workload}. */
  TrainingConsole(Workload workload, int epochs, ProgressLine line, Throughput throughput) {
    this.workload = workload;
    this.epochs = epochs;
    this.line = line;
    this.throughput = throughput;
  }

  @Override
  public void onTrainingBatch(Trainer trainer, BatchData batchData) {
    throughput.trained(batchData.getBatch().getSize());
    steps++;
    if (line.isDue()) {
      line.update(steps, status(trainer));
    }
  }

  @Override
  public void onEpoch(Trainer trainer) {
    TrainingResult result = trainer.getTrainingResult();
    String evaluator = workload.evaluator().getName();
    LOG.info(
        "epoch %2d/%d  loss %.4f  %s: train %s, test %s  %,.0f samples/s"
            .formatted(
                ++epoch,
                epochs,
                result.getTrainEvaluation(trainer.getLoss().getName()),
                evaluator,
                workload.format(result.getTrainEvaluation(evaluator)),
                workload.format(result.getValidateEvaluation(evaluator)),
                throughput.samplesPerSecond()));
    throughput.resume();
  }

  @Override
  public void close() {
    line.close();
  }

  private String status(Trainer trainer) {
    return "%,.0f/s  loss %s".formatted(throughput.samplesPerSecond(), loss(trainer));
  }

  private static String loss(Trainer trainer) {
    return "%.4f"
        .formatted(trainer.getLoss().getAccumulator(EvaluatorTrainingListener.TRAIN_EPOCH));
  }
}
