package io.smartops.examples;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsStats;
import io.smartops.SmartTrainer;
import io.smartops.report.console.ConsoleMode;
import io.smartops.report.console.ProgressLine;
import io.smartops.telemetry.HostTelemetry;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The program around a workload: train, summarise, save, load, predict. It is what a DJL user would
 * write, but for the one line that makes the trainer.
 */
final class TrainingJob {
  private final Workload workload;
  private final JobOptions options;
  private final PrintStream out;

  TrainingJob(Workload workload, JobOptions options, PrintStream out) {
    this.workload = workload;
    this.options = options;
    this.out = out;
  }

  /** Runs the job and returns what came of it. */
  TrainingSummary run() throws IOException, TranslateException, MalformedModelException {
    Engine.getInstance().setRandomSeed(options.seed());
    try (NDManager manager = NDManager.newBaseManager();
        Model model = Model.newInstance(workload.name())) {
      RandomAccessDataset train = first(workload.trainSet(manager, options.batchSize()));
      RandomAccessDataset test = first(workload.testSet(manager, options.batchSize()));
      model.setBlock(workload.newBlock());
      TrainingSummary summary = train(model, train, test);
      summary.lines().forEach(out::println);
      model.save(options.saveTo(), workload.name());
      out.println(TrainingSummary.line("saved", predictWithSaved()));
      return summary;
    }
  }

  /** As many samples as are asked for. */
  private RandomAccessDataset first(RandomAccessDataset dataset) {
    int size = Math.toIntExact(dataset.size());
    int samples = Math.min(options.samples().orElse(size), size);
    return samples < size ? dataset.subDataset(0, samples) : dataset;
  }

  private TrainingSummary train(Model model, RandomAccessDataset train, RandomAccessDataset test)
      throws IOException, TranslateException {
    int steps = options.epochs() * stepsPerEpoch(train);
    Throughput throughput = new Throughput(System::nanoTime);
    try (TrainingConsole console =
            new TrainingConsole(workload, options.epochs(), plainProgress(steps), throughput);
        Trainer trainer = trainer(model, trainingConfig(steps, console), steps)) {
      trainer.initialize(workload.inputShape());
      throughput.resume();
      EasyTrain.fit(trainer, options.epochs(), train, test);
      return summary(trainer, throughput);
    }
  }

  /** The runtime shows its own runs. */
  private ProgressLine plainProgress(int steps) {
    ConsoleMode mode = options.plain() ? consoleMode() : ConsoleMode.SILENT;
    return ProgressLine.open(mode, OptionalLong.of(steps), out);
  }

  private ConsoleMode consoleMode() {
    return options.watch().quiet() ? ConsoleMode.SILENT : ConsoleMode.AUTO;
  }

  private int stepsPerEpoch(RandomAccessDataset train) {
    return Math.toIntExact((train.size() + options.batchSize() - 1) / options.batchSize());
  }

  private TrainingConfig trainingConfig(int steps, TrainingConsole console) {
    return new DefaultTrainingConfig(workload.loss())
        .optOptimizer(workload.optimizer(steps))
        .addEvaluator(workload.evaluator())
        .addTrainingListeners(new EvaluatorTrainingListener(), console);
  }

  private Trainer trainer(Model model, TrainingConfig config, int steps) {
    return options.plain()
        ? model.newTrainer(config)
        : SmartOps.trainer(model, config, smartOpsConfig(steps));
  }

  private SmartOpsConfig smartOpsConfig(int steps) {
    SmartOpsConfig.Builder builder =
        SmartOpsConfig.builder()
            .optName(workload.name())
            .optConsole(consoleMode())
            .optTotalSteps(steps)
            .optPrecision(options.precision());
    options.watch().report().ifPresent(builder::optReport);
    options.watch().journal().ifPresent(builder::optJournal);
    options.watch().plots().ifPresent(builder::optPlots);
    options.watch().dashboardPort().ifPresent(builder::optDashboardPort);
    options.memoryLimit().ifPresent(limit -> builder.optMemoryLimitBytes(limit.bytes()));
    options.microBatch().ifPresent(builder::optMicroBatch);
    return builder.build();
  }

  private TrainingSummary summary(Trainer trainer, Throughput throughput) throws IOException {
    Optional<SmartOpsStats> stats =
        trainer instanceof SmartTrainer smart ? Optional.of(smart.stats()) : Optional.empty();
    String evaluator = workload.evaluator().getName();
    float value = trainer.getTrainingResult().getValidateEvaluation(evaluator);
    return new TrainingSummary(
        options,
        new TrainingSummary.Quality(
            evaluator, value, "%s %s".formatted(workload.format(value), workload.meaning())),
        throughput.samples(),
        throughput.elapsed(),
        stats,
        HostTelemetry.create().read().peakBytes());
  }

  private String predictWithSaved()
      throws IOException, TranslateException, MalformedModelException {
    try (Model saved = Model.newInstance(workload.name())) {
      saved.setBlock(workload.newBlock());
      saved.load(options.saveTo(), workload.name());
      try (Predictor<NDList, NDList> predictor = saved.newPredictor(new NoopTranslator());
          NDManager manager = saved.getNDManager().newSubManager()) {
        return "%s; loaded again, %s"
            .formatted(options.saveTo(), workload.predict(predictor, manager));
      }
    }
  }
}
