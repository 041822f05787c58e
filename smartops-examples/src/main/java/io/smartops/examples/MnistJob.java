package io.smartops.examples;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Adam;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsStats;
import io.smartops.SmartTrainer;
import io.smartops.telemetry.HostTelemetry;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Optional;

/** The job behind {@link MnistTraining}: train, summarise, save, load, predict. */
final class MnistJob {
  private static final String MODEL_NAME = "digits";
  private static final String ACCURACY = "Accuracy";
  private static final Shape ONE_IMAGE = new Shape(1, 1, MnistDigits.SIDE, MnistDigits.SIDE);

  private static final float FIRST_LEARNING_RATE = 0.005f;
  private static final float LAST_LEARNING_RATE = FIRST_LEARNING_RATE / 20;

  private final MnistOptions options;
  private final PrintStream out;

  MnistJob(MnistOptions options, PrintStream out) {
    this.options = options;
    this.out = out;
  }

  /** Runs the job and returns what came of it. */
  MnistSummary run() throws IOException, TranslateException, MalformedModelException {
    Engine.getInstance().setRandomSeed(options.seed());
    try (MnistDigits train = digits(Dataset.Usage.TRAIN);
        MnistDigits test = digits(Dataset.Usage.TEST);
        Model model = Model.newInstance(MODEL_NAME)) {
      train.prepare();
      test.prepare();
      model.setBlock(DigitClassifier.newBlock());
      MnistSummary summary = train(model, train, test);
      summary.lines().forEach(out::println);
      model.save(options.saveTo(), MODEL_NAME);
      out.println(predictWithSaved(test));
      return summary;
    }
  }

  private MnistDigits digits(Dataset.Usage usage) {
    MnistDigits.Builder builder = MnistDigits.builder().optUsage(usage);
    options.data().ifPresent(builder::optDirectory);
    return builder.setSampling(options.batchSize(), usage == Dataset.Usage.TRAIN).build();
  }

  private MnistSummary train(Model model, MnistDigits train, MnistDigits test)
      throws IOException, TranslateException {
    long steps = options.epochs() * stepsPerEpoch(train);
    Throughput throughput = new Throughput(System::nanoTime);
    try (TrainingConsole console =
            new TrainingConsole(
                ACCURACY, options.epochs(), ProgressLine.open(steps, out), throughput);
        Trainer trainer = trainer(model, trainingConfig(steps, console), console)) {
      trainer.initialize(ONE_IMAGE);
      throughput.resume();
      EasyTrain.fit(trainer, options.epochs(), train, test);
      return summary(trainer, throughput, test.size());
    }
  }

  private long stepsPerEpoch(MnistDigits train) {
    return (train.size() + options.batchSize() - 1) / options.batchSize();
  }

  private TrainingConfig trainingConfig(long steps, TrainingConsole console) {
    return new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
        .optOptimizer(optimizer(steps))
        .addEvaluator(new Accuracy(ACCURACY))
        .addTrainingListeners(new EvaluatorTrainingListener(), console);
  }

  private static Optimizer optimizer(long steps) {
    Tracker learningRate =
        Tracker.cosine()
            .setBaseValue(FIRST_LEARNING_RATE)
            .optFinalValue(LAST_LEARNING_RATE)
            .setMaxUpdates(Math.toIntExact(steps))
            .build();
    return Adam.builder().optLearningRateTracker(learningRate).build();
  }

  private Trainer trainer(Model model, TrainingConfig config, TrainingConsole console) {
    return options.plain()
        ? model.newTrainer(config)
        : SmartOps.trainer(model, config, smartOpsConfig(console));
  }

  private SmartOpsConfig smartOpsConfig(TrainingConsole console) {
    SmartOpsConfig.Builder builder =
        SmartOpsConfig.builder()
            .optMemoryLimitBytes(options.memoryLimit().bytes())
            .optPrecision(options.precision())
            .optListener(console);
    options.microBatch().ifPresent(builder::optMicroBatch);
    return builder.build();
  }

  private MnistSummary summary(Trainer trainer, Throughput throughput, long testDigits) {
    Optional<SmartOpsStats> stats =
        trainer instanceof SmartTrainer smart ? Optional.of(smart.stats()) : Optional.empty();
    return new MnistSummary(
        options,
        trainer.getTrainingResult().getValidateEvaluation(ACCURACY),
        testDigits,
        throughput.samples(),
        throughput.elapsed(),
        stats,
        HostTelemetry.create().read().peakBytes());
  }

  private String predictWithSaved(MnistDigits test)
      throws IOException, TranslateException, MalformedModelException {
    try (Model saved = Model.newInstance(MODEL_NAME)) {
      saved.setBlock(DigitClassifier.newBlock());
      saved.load(options.saveTo(), MODEL_NAME);
      try (Predictor<NDList, NDList> predictor = saved.newPredictor(new NoopTranslator());
          Batch batch = test.getByRange(saved.getNDManager().newSubManager(), 0, 1);
          NDList scores = predictor.predict(batch.getData())) {
        NDArray chances = scores.singletonOrThrow().softmax(1).get(0);
        long predicted = chances.argMax().getLong();
        return MnistSummary.line(
            "saved",
            "%s; loaded again, it takes the first test digit, a %d, for a %d (%.1f %%)"
                .formatted(
                    options.saveTo(),
                    batch.getLabels().singletonOrThrow().getLong(0),
                    predicted,
                    100 * chances.getFloat(predicted)));
      }
    }
  }
}
