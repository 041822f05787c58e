package io.smartops.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtEngine;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.training.dataset.Batch;
import java.util.Arrays;

/** Checks what a caller hands in, before anything is changed. */
final class Preconditions {
  private Preconditions() {}

  /**
   * Checks that a model can be trained here.
   *
   * @throws IllegalArgumentException if it cannot; the message says why and what to do
   */
  static void check(Model model, TrainingConfig config) {
    String engine = model.getNDManager().getEngine().getEngineName();
    if (!engine.equals(PtEngine.ENGINE_NAME)) {
      throw new IllegalArgumentException(
          "SmartOps trains on the PyTorch engine, but model %s is on %s: create it with"
                  .formatted(model.getName(), engine)
              + " Model.newInstance(name, \"PyTorch\")");
    }
    if (model.getBlock() == null) {
      throw new IllegalArgumentException(
          "model %s has no block: call model.setBlock(block) first".formatted(model.getName()));
    }
    Device device = model.getNDManager().getDevice();
    if (!Arrays.asList(config.getDevices()).contains(device)) {
      throw new IllegalArgumentException(
          "model %s is on %s, but the trainer's devices are %s: create the model with"
                  .formatted(model.getName(), device, Arrays.toString(config.getDevices()))
              + " Model.newInstance(name, device), or set optDevices in the training configuration");
    }
  }

  /**
   * Checks a batch that is to be trained.
   *
   * @throws IllegalArgumentException if it is of another engine, empty or closed
   */
  static void check(Batch batch, Trainer trainer) {
    if (batch.getManager() == null) {
      throw new IllegalArgumentException("the batch is closed: train it before batch.close()");
    }
    if (trainer.getManager().getEngine() != batch.getManager().getEngine()) {
      throw new IllegalArgumentException(
          "the batch is on engine %s, but the trainer on %s: create both on one engine"
              .formatted(
                  batch.getManager().getEngine().getEngineName(),
                  trainer.getManager().getEngine().getEngineName()));
    }
    checkNotEmpty(batch.getData());
  }

  /**
   * Checks that there is data.
   *
   * @throws IllegalArgumentException if there is none
   */
  static void checkNotEmpty(NDList data) {
    if (data.isEmpty()) {
      throw new IllegalArgumentException("the batch has no data arrays: it needs at least one");
    }
  }

  /**
   * Checks that there are samples.
   *
   * @throws IllegalArgumentException if there is none
   */
  static void checkSamples(NDList data) {
    if (Tensors.rowCount(data.head()) == 0) {
      throw new IllegalArgumentException(
          "data[0] has shape %s, but its first dimension must hold at least one sample: leave out"
                  .formatted(data.head().getShape())
              + " empty batches, and give a single sample a first dimension of 1");
    }
  }
}
