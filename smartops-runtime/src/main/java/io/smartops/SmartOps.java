package io.smartops;

import ai.djl.Model;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import io.smartops.djl.AdaptiveTrainer;

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
}
