package io.smartops.benchmarks.precision;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.TranslateException;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsStats;
import io.smartops.SmartTrainer;
import io.smartops.examples.MnistDigits;
import java.io.IOException;
import java.util.Iterator;

/** One model in training, under one precision policy. */
final class PrecisionRun implements AutoCloseable {
  private static final String ACCURACY = "Accuracy";
  private static final float LEARNING_RATE = 0.05f;

  private final MnistDigits train;
  private final Model model;
  private final SmartTrainer trainer;
  private Iterator<Batch> batches;

  PrecisionRun(PrecisionModel what, PrecisionPolicy precision, int seed, int epochs)
      throws IOException, TranslateException {
    Engine.getInstance().setRandomSeed(seed);
    model = Model.newInstance(what.name(), Device.cpu());
    model.setBlock(what.block().get());
    train = digits(what, Dataset.Usage.TRAIN, model.getNDManager());
    int steps = Math.toIntExact(epochs * ((train.size() + what.batch() - 1) / what.batch()));
    Tracker rate =
        Tracker.cosine()
            .setBaseValue(LEARNING_RATE)
            .optFinalValue(LEARNING_RATE / 100)
            .setMaxUpdates(Math.max(1, steps))
            .build();
    DefaultTrainingConfig config =
        new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
            .optDevices(new Device[] {Device.cpu()})
            .optOptimizer(Optimizer.sgd().setLearningRateTracker(rate).optMomentum(0.9f).build())
            .addEvaluator(new Accuracy(ACCURACY))
            .addTrainingListeners(new EvaluatorTrainingListener());
    SmartOpsConfig options = SmartOpsConfig.builder().optPrecision(precision).build();
    trainer = (SmartTrainer) SmartOps.trainer(model, config, options);
    trainer.setMetrics(new Metrics());
    trainer.initialize(new Shape(1, 1, MnistDigits.SIDE, MnistDigits.SIDE));
    batches = trainer.iterateDataset(train).iterator();
  }

  private static MnistDigits digits(PrecisionModel what, Dataset.Usage usage, NDManager manager)
      throws IOException, TranslateException {
    boolean training = usage == Dataset.Usage.TRAIN; // of the test digits, all count
    MnistDigits digits =
        MnistDigits.builder()
            .setManager(manager)
            .optUsage(usage)
            .setSampling(what.batch(), training, training)
            .build();
    digits.prepare();
    return digits;
  }

  /** One step on the next full batch; its time without the loader's. */
  long stepNanos() throws IOException, TranslateException {
    if (!batches.hasNext()) {
      batches = trainer.iterateDataset(train).iterator();
    }
    try (Batch batch = batches.next()) {
      long begin = System.nanoTime();
      trainer.trainBatch(batch);
      trainer.step();
      return System.nanoTime() - begin;
    }
  }

  /** Trains and gives the accuracy on the test digits. */
  double accuracyAfter(PrecisionModel what, int epochs) throws IOException, TranslateException {
    try (NDManager manager = model.getNDManager().newSubManager()) {
      EasyTrain.fit(trainer, epochs, train, digits(what, Dataset.Usage.TEST, manager));
      return trainer.getTrainingResult().getValidateEvaluation(ACCURACY);
    }
  }

  SmartOpsStats stats() {
    return trainer.stats();
  }

  @Override
  public void close() {
    trainer.close();
    model.close();
  }
}
