package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.listener.EpochTrainingListener;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.training.loss.Loss;
import ai.djl.translate.TranslateException;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/**
 * The one line of the README: {@code EasyTrain.fit} over a dataset with a ragged last batch, with
 * validation, evaluators and listeners, wrapped and plain.
 */
class FitTest {
  private static final int EPOCHS = 2;
  private static final int SAMPLES = 77;
  private static final int FEATURES = 6;
  private static final int CLASSES = 3;
  private static final SmartOpsConfig UNSPLIT =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).optMicroBatch(32).build();
  private static final SmartOpsConfig SPLIT =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).optMicroBatch(4).build();

  /** What a user sees of a run. */
  private record Seen(
      List<float[]> parameters,
      Map<String, Float> evaluations,
      Map<String, Integer> calls,
      Map<String, Integer> metrics) {}

  /** Counts the calls of each kind. */
  private static final class Counter extends TrainingListenerAdapter {
    private final Map<String, Integer> calls = new LinkedHashMap<>();

    private void count(String call) {
      calls.merge(call, 1, Integer::sum);
    }

    @Override
    public void onEpoch(Trainer trainer) {
      count("epoch");
    }

    @Override
    public void onTrainingBatch(Trainer trainer, BatchData data) {
      count("training batch of " + data.getBatch().getSize());
      assertThat(data.getLabels()).hasSize(1);
      assertThat(data.getPredictions().values().iterator().next().head().size(0))
          .isEqualTo(data.getBatch().getSize());
    }

    @Override
    public void onValidationBatch(Trainer trainer, BatchData data) {
      count("validation batch of " + data.getBatch().getSize());
    }

    @Override
    public void onTrainingBegin(Trainer trainer) {
      count("begin");
    }

    @Override
    public void onTrainingEnd(Trainer trainer) {
      count("end");
    }
  }

  @Test
  void unsplitIsBitForBit() throws IOException, TranslateException {
    Seen plain = fit(Model::newTrainer);
    Seen smart = fit((model, config) -> SmartOps.trainer(model, config, UNSPLIT));
    assertThat(smart).usingRecursiveComparison().isEqualTo(plain);
    assertThat(plain.evaluations()).containsKeys("train_loss", "validate_loss", "train_Accuracy");
  }

  @Test
  void splitIsEqualToRounding() throws IOException, TranslateException {
    Seen plain = fit(Model::newTrainer);
    Seen smart = fit((model, config) -> SmartOps.trainer(model, config, SPLIT));
    assertThat(smart.calls()).isEqualTo(plain.calls());
    assertThat(smart.metrics()).isEqualTo(plain.metrics());
    assertThat(smart.evaluations().keySet()).isEqualTo(plain.evaluations().keySet());
    smart
        .evaluations()
        .forEach(
            (name, v) -> assertThat(v).isCloseTo(plain.evaluations().get(name), within(1e-5f)));
    assertThat(
            Scenario.relativeDifference(
                new Scenario.Result(plain.parameters(), List.of()),
                new Scenario.Result(smart.parameters(), List.of())))
        .isLessThan(1e-5);
  }

  @Test
  void adaptingByItselfIsEqualToRounding() throws IOException, TranslateException {
    Seen plain = fit(Model::newTrainer);
    Seen smart = fit(SmartOps::trainer);
    assertThat(smart.calls()).isEqualTo(plain.calls());
    assertThat(
            Scenario.relativeDifference(
                new Scenario.Result(plain.parameters(), List.of()),
                new Scenario.Result(smart.parameters(), List.of())))
        .isLessThan(1e-5);
  }

  private static Seen fit(BiFunction<Model, DefaultTrainingConfig, Trainer> factory)
      throws IOException, TranslateException {
    Engine.getInstance().setRandomSeed(Scenario.SEED);
    Counter counter = new Counter();
    Metrics metrics = new Metrics();
    try (Model model = Model.newInstance("fit", "PyTorch")) {
      model.setBlock(Scenarios.mlpBlock(FEATURES, CLASSES));
      DefaultTrainingConfig config =
          new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
              .optOptimizer(Scenario.momentum().get())
              .addEvaluator(new Accuracy())
              .addTrainingListeners(
                  new EpochTrainingListener(), new EvaluatorTrainingListener(), counter);
      List<float[]> parameters = new ArrayList<>();
      Map<String, Float> evaluations;
      try (Trainer trainer = factory.apply(model, config)) {
        trainer.setMetrics(metrics);
        trainer.initialize(new Shape(32, FEATURES));
        EasyTrain.fit(trainer, EPOCHS, dataset(trainer, 1), dataset(trainer, 2));
        parameters.addAll(Scenario.parameters(model.getBlock()));
        evaluations = new TreeMap<>(trainer.getTrainingResult().getEvaluations());
        assertThat(trainer.getTrainingResult().getEpoch()).isEqualTo(EPOCHS);
      }
      return new Seen(parameters, evaluations, counter.calls, counts(metrics));
    }
  }

  private static Map<String, Integer> counts(Metrics metrics) {
    Map<String, Integer> counts = new TreeMap<>();
    metrics.getMetricNames().forEach(name -> counts.put(name, metrics.getMetric(name).size()));
    return counts;
  }

  /** Sampled at random; the engine's seed fixes the order. */
  private static ArrayDataset dataset(Trainer trainer, int seed) {
    Batch all = Scenarios.samples(trainer.getManager(), SAMPLES, FEATURES, CLASSES, seed);
    return new ArrayDataset.Builder()
        .setData(all.getData().head())
        .optLabels(all.getLabels().head())
        .setSampling(32, true, false)
        .build();
  }
}
