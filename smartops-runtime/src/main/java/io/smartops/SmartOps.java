package io.smartops;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtEngine;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import io.smartops.djl.AdaptiveTrainer;
import io.smartops.djl.CacheSizes;

/**
 * The front door: replace {@code model.newTrainer(config)} by {@code SmartOps.trainer(model,
 * config)} and keep the training loop as it is.
 */
public final class SmartOps {

  private SmartOps() {}

  /**
   * Makes a trainer with default options.
   *
   * @param model the model, on the PyTorch engine, with its block set
   * @param config DJL's training configuration
   * @return a {@link SmartTrainer}
   * @throws IllegalArgumentException if the model is not on the PyTorch engine or lies on another
   *     device than the trainer's
   */
  public static Trainer trainer(Model model, TrainingConfig config) {
    return trainer(model, config, SmartOpsConfig.builder().build());
  }

  /**
   * Makes a trainer.
   *
   * @param model the model, on the PyTorch engine, with its block set
   * @param config DJL's training configuration
   * @param options what the runtime may do
   * @return a {@link SmartTrainer}
   * @throws IllegalArgumentException if the model is not on the PyTorch engine or lies on another
   *     device than the trainer's
   */
  public static Trainer trainer(Model model, TrainingConfig config, SmartOpsConfig options) {
    return AdaptiveTrainer.create(model, config, options);
  }

  /**
   * Mends what is known to be wrong in this process's PyTorch engine: on machines that hide the
   * sizes of their processor's caches, some of oneDNN's convolutions and LSTMs come to wrong
   * numbers. Each trainer made here does so by itself; call it in a program that computes without
   * one, such as an inference service. Does nothing where nothing is wrong. Thread-safe.
   *
   * @see CacheSizes
   */
  public static void mendEngine() {
    Engine.getEngine(PtEngine.ENGINE_NAME);
    CacheSizes.mend();
  }
}
