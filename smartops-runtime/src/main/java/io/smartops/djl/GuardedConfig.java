package io.smartops.djl;

import ai.djl.Device;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.training.evaluator.Evaluator;
import ai.djl.training.initializer.Initializer;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.util.PairList;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A training configuration as the inherited trainer sees it.
 *
 * @param config the user's
 * @param loss the loss in the user's place: evaluators and listeners know a loss by its identity
 * @param inFlight the executor for the shares of several devices, if there are any: before any
 *     other listener hears of a batch, they are waited for. DJL itself starts them and goes on
 * @param holdsBack whether updates may be held back: before any other listener hears of an epoch's
 *     end, they are made
 */
record GuardedConfig(
    TrainingConfig config, Loss loss, @Nullable InFlight inFlight, boolean holdsBack)
    implements TrainingConfig {

  @Override
  public List<TrainingListener> getTrainingListeners() {
    List<TrainingListener> listeners = new ArrayList<>();
    if (inFlight != null) {
      listeners.add(waitingFor(inFlight));
    }
    if (holdsBack) {
      listeners.add(endingEpochs());
    }
    listeners.addAll(config.getTrainingListeners());
    return listeners;
  }

  private static TrainingListener waitingFor(InFlight shares) {
    return new TrainingListenerAdapter() {
      @Override
      public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        shares.join();
      }

      @Override
      public void onValidationBatch(Trainer trainer, BatchData batchData) {
        shares.join();
      }
    };
  }

  private static TrainingListener endingEpochs() {
    return new TrainingListenerAdapter() {
      @Override
      public void onEpoch(Trainer trainer) {
        if (trainer instanceof AdaptiveTrainer adaptive) {
          adaptive.applyHeld();
        }
      }
    };
  }

  /** What DJL needs of {@code config} to prepare a model, and no listener that would hear of it. */
  static TrainingConfig withoutListeners(TrainingConfig config) {
    DefaultTrainingConfig silent = new DefaultTrainingConfig(config.getLossFunction());
    config.getInitializers().forEach(p -> silent.optInitializer(p.getKey(), p.getValue()));
    return silent.optDevices(config.getDevices()).optOptimizer(config.getOptimizer());
  }

  @Override
  public Device[] getDevices() {
    return config.getDevices();
  }

  @Override
  public PairList<Initializer, Predicate<Parameter>> getInitializers() {
    return config.getInitializers();
  }

  @Override
  public Optimizer getOptimizer() {
    return config.getOptimizer();
  }

  @Override
  public Loss getLossFunction() {
    return loss;
  }

  @Override
  public @Nullable ExecutorService getExecutorService() {
    return inFlight == null ? config.getExecutorService() : inFlight;
  }

  @Override
  public List<Evaluator> getEvaluators() {
    return config.getEvaluators();
  }
}
