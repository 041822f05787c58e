package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.TrainingListener.BatchData;
import io.smartops.LossFunction;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Trains the shares that several devices have in one batch: in parallel if there is an executor.
 */
record Shares(
    AdaptiveTrainer trainer,
    BatchData batchData,
    GradientCollector collector,
    LossFunction loss,
    @Nullable InFlight inFlight) {

  /** The losses, in the order of the shares. */
  List<NDArray> train(Batch[] shares) {
    List<NDArray> losses = new ArrayList<>();
    if (shares.length == 1 || inFlight == null) {
      for (Batch share : shares) {
        losses.add(train(share));
      }
      return losses;
    }
    List<CompletableFuture<NDArray>> futures = new ArrayList<>();
    for (Batch share : shares) {
      futures.add(CompletableFuture.supplyAsync(() -> train(share), inFlight));
    }
    inFlight.join();
    try {
      futures.forEach(future -> losses.add(future.join()));
    } catch (CompletionException e) {
      throw Failures.unchecked(e.getCause() == null ? e : e.getCause());
    }
    return losses;
  }

  private NDArray train(Batch share) {
    return trainer.trainShare(share, batchData, collector, loss);
  }

  /** The sum of the losses, detached, on {@code manager}. */
  static NDArray sum(List<NDArray> losses, NDManager manager) {
    NDArray sum = Tensors.detached(losses.get(0), manager);
    for (int i = 1; i < losses.size(); i++) {
      NDArray next = losses.get(i).stopGradient().toDevice(sum.getDevice(), false);
      sum = NDArrays.add(sum, next);
      next.close();
    }
    return sum;
  }
}
