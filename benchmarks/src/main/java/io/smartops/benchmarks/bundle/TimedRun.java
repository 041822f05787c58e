package io.smartops.benchmarks.bundle;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsStats;
import io.smartops.SmartTrainer;

/** A job in training, step by step, by DJL's documented loop: the same for whoever trains it. */
final class TimedRun implements AutoCloseable {
  private final TrainingJob job;
  private final Model model;
  private final Trainer trainer;
  private int steps;
  private float loss;

  TimedRun(TrainingJob job, TrainingJob.Maker maker) {
    this.job = job;
    Engine.getEngine("PyTorch").setRandomSeed(1);
    this.model = job.newModel(TrainingHost.device());
    this.trainer = maker.apply(model, TrainingJob.config(TrainingHost.device()));
    trainer.initialize(job.oneSample());
  }

  /** By SmartOps in a precision. */
  static TimedRun smart(TrainingJob job, PrecisionPolicy precision) {
    SmartOpsConfig options = SmartOpsConfig.builder().optPrecision(precision).build();
    return new TimedRun(job, (model, config) -> SmartOps.trainer(model, config, options));
  }

  /** The time of one step, in nanoseconds; reading the loss waits for the device. */
  long step() {
    try (Batch batch = job.batch(trainer.getManager(), steps++)) {
      long begin = System.nanoTime();
      try (GradientCollector collector = trainer.newGradientCollector()) {
        NDList predictions = trainer.forward(batch.getData(), batch.getLabels());
        NDArray value = trainer.getLoss().evaluate(batch.getLabels(), predictions);
        collector.backward(value);
        loss = value.getFloat();
      }
      trainer.step();
      return System.nanoTime() - begin;
    }
  }

  /** The latest batch's loss. */
  float loss() {
    return loss;
  }

  /** What SmartOps did. */
  SmartOpsStats stats() {
    return ((SmartTrainer) trainer).stats();
  }

  @Override
  public void close() {
    trainer.close();
    model.close();
  }
}
