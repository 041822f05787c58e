package io.smartops;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.training.dataset.Batch;

/**
 * A DJL {@link Trainer} that adapts itself. Obtain one from {@code SmartOps.trainer(Model,
 * TrainingConfig)}; everything that works with a {@code Trainer} works with it.
 *
 * <p>Not thread-safe, as {@code Trainer} is not, but for what DJL itself does in parallel (the
 * shares of several devices).
 */
public abstract class SmartTrainer extends Trainer {

  /** For the runtime's own implementation. */
  protected SmartTrainer(Model model, TrainingConfig config) {
    super(model, config);
  }

  /**
   * Computes the gradients of one logical batch with the trainer's own loss and tells the
   * listeners, as {@code EasyTrain.trainBatch} does. Call {@link #step()} afterwards, or train
   * further batches first to accumulate their gradients.
   *
   * @param batch the logical batch
   * @return the loss of the logical batch, detached, summed over devices, on the batch's manager
   */
  public abstract NDArray trainBatch(Batch batch);

  /**
   * Computes the gradients of one logical batch with a loss of the caller's.
   *
   * @param batch the logical batch
   * @param loss the loss
   * @return the loss of the logical batch, detached, summed over devices, on the batch's manager
   */
  public abstract NDArray trainBatch(Batch batch, LossFunction loss);

  /** What this trainer has done so far. */
  public abstract SmartOpsStats stats();
}
