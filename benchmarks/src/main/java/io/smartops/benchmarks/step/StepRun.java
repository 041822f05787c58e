package io.smartops.benchmarks.step;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.translate.Batchifier;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;

/** One trainer at work on one job: DJL's own loop, on a batch that is copied anew for each step. */
final class StepRun implements AutoCloseable {
  private final Model model;
  private final Trainer trainer;
  private final NDArray data;
  private final NDArray labels;

  StepRun(StepJob job, BiFunction<Model, TrainingConfig, Trainer> maker) {
    this.model = Model.newInstance(job.name(), "PyTorch");
    model.setBlock(job.block().get());
    this.trainer =
        maker.apply(
            model,
            new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                .optOptimizer(Optimizer.adam().build()));
    trainer.initialize(job.batch());
    int size = (int) job.batch().get(0);
    NDManager manager = model.getNDManager();
    this.data = manager.randomNormal(0, 1, job.batch(), DataType.FLOAT32);
    this.labels = manager.randomInteger(0, StepJob.CLASSES, new Shape(size), DataType.INT32);
  }

  /** Trains {@code steps} steps and gives the milliseconds that one took. */
  double millisPerStep(int steps) {
    long start = System.nanoTime();
    for (int i = 0; i < steps; i++) {
      step();
    }
    return (double) (System.nanoTime() - start) / steps / TimeUnit.MILLISECONDS.toNanos(1);
  }

  private void step() {
    NDManager manager = trainer.getManager().newSubManager();
    int size = (int) data.getShape().get(0);
    try (Batch batch =
        new Batch(
            manager,
            copy(data, manager),
            copy(labels, manager),
            size,
            Batchifier.STACK,
            Batchifier.STACK,
            0,
            0)) {
      EasyTrain.trainBatch(trainer, batch);
      trainer.step();
    }
  }

  private static NDList copy(NDArray array, NDManager manager) {
    NDArray copy = array.duplicate();
    copy.attach(manager);
    return new NDList(copy);
  }

  @Override
  public void close() {
    trainer.close();
    model.close();
  }
}
