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

/**
 * A training configuration for several devices with an executor: before any other listener hears of
 * a batch, the devices' shares are waited for. DJL itself starts them and goes on.
 */
record JoiningConfig(TrainingConfig config, InFlight inFlight) implements TrainingConfig {

  @Override
  public List<TrainingListener> getTrainingListeners() {
    List<TrainingListener> listeners = new ArrayList<>();
    listeners.add(
        new TrainingListenerAdapter() {
          @Override
          public void onTrainingBatch(Trainer trainer, BatchData batchData) {
            inFlight.join();
          }

          @Override
          public void onValidationBatch(Trainer trainer, BatchData batchData) {
            inFlight.join();
          }
        });
    listeners.addAll(config.getTrainingListeners());
    return listeners;
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
    return config.getLossFunction();
  }

  @Override
  public ExecutorService getExecutorService() {
    return inFlight;
  }

  @Override
  public List<Evaluator> getEvaluators() {
    return config.getEvaluators();
  }
}
