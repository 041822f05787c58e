package io.smartops.examples;

import ai.djl.training.Trainer;
import ai.djl.training.TrainingResult;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.listener.TrainingListenerAdapter;
import io.smartops.OutOfMemoryEvent;
import io.smartops.SmartOpsListener;
import io.smartops.StepReport;
import io.smartops.control.Decision;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows a training run: one line of progress, a line an epoch, a line a decision. Give it to DJL as
 * a training listener, after {@link EvaluatorTrainingListener}, and to the runtime as its listener;
 * without the latter it shows a plain DJL run in the same form.
 *
 * <p>Not thread-safe: everything happens on the thread that trains.
 */
final class TrainingConsole extends TrainingListenerAdapter
    implements SmartOpsListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingConsole.class);

  private final Workload workload;
  private final int epochs;
  private final ProgressLine line;
  private final Throughput throughput;
  private Optional<StepReport> latest = Optional.empty();
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
    line.update(++steps, status(trainer));
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
  public void onStep(StepReport report) {
    latest = Optional.of(report);
  }

  @Override
  public void onDecision(Decision decision) {
    LOG.info(decision.describe());
  }

  @Override
  public void onOutOfMemory(OutOfMemoryEvent event) {
    LOG.info(
        "step {}: out of memory in {} with {} samples, replayed",
        event.step(),
        event.phase().name().toLowerCase(Locale.ROOT),
        event.microBatch());
  }

  @Override
  public void close() {
    line.close();
  }

  private String status(Trainer trainer) {
    String plan = latest.map(TrainingConsole::plan).orElse("");
    return "%,.0f/s%s  loss %s".formatted(throughput.samplesPerSecond(), plan, loss(trainer));
  }

  private static String plan(StepReport report) {
    String memory = memory(report.usedBytes(), report.limitBytes());
    return "  %d×%d%s".formatted(report.microBatch(), report.microBatches(), memory);
  }

  private static String memory(OptionalLong used, OptionalLong limit) {
    if (used.isEmpty()) {
      return "";
    }
    String of = limit.isPresent() ? "/%,d".formatted(ByteSize.mebibytes(limit.getAsLong())) : "";
    return "  %,d%s MiB".formatted(ByteSize.mebibytes(used.getAsLong()), of);
  }

  private static String loss(Trainer trainer) {
    return "%.4f"
        .formatted(trainer.getLoss().getAccumulator(EvaluatorTrainingListener.TRAIN_EPOCH));
  }
}
