package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.translate.TranslateException;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsException;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Validation under a limit: split and replayed, with the evaluator values of plain DJL. */
class EvaluationTest {
  private static final int SAMPLES = 77;
  private static final int FEATURES = 6;
  private static final int CLASSES = 3;
  private static final int BATCH = 32;
  private static final SmartOpsConfig AUTO =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).build();
  private static final SmartOpsConfig WHOLE =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).optMicroBatch(BATCH).build();
  private static final SmartOpsConfig SPLIT =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).optMicroBatch(5).build();

  /** Memory runs out at some of the forward passes of evaluation, as libtorch says it. */
  private static final class FailingAt implements Checkpoints {
    private final Set<Integer> calls;
    private final AtomicInteger reached = new AtomicInteger();

    FailingAt(Integer... calls) {
      this.calls = Set.of(calls);
    }

    @Override
    public void reach(Phase phase, int index) {
      if (phase == Phase.EVALUATE && calls.contains(reached.getAndIncrement())) {
        throw new EngineException("DefaultCPUAllocator: can't allocate memory: 42 bytes");
      }
    }
  }

  @Test
  void splitHasTheSameEvaluatorValues() {
    assertSame(evaluations(Model::newTrainer), evaluations(smart(SPLIT, Checkpoints.NONE)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void replayedHasTheSameEvaluatorValues(int call) {
    Map<String, Float> plain = evaluations(Model::newTrainer);
    assertSame(plain, evaluations(smart(WHOLE, new FailingAt(call))));
    assertSame(plain, evaluations(smart(SPLIT, new FailingAt(call, call + 1))));
  }

  @Test
  void predictionsAreThoseOfTheWhole() {
    float[] plain = predictions(Model::newTrainer);
    float[] whole = predictions(smart(AUTO, Checkpoints.NONE));
    float[] split = predictions(smart(SPLIT, Checkpoints.NONE));
    float[] replayed = predictions(smart(SPLIT, new FailingAt(0, 2)));
    assertThat(split).hasSameSizeAs(plain);
    assertThat(replayed).hasSameSizeAs(plain);
    assertThat(whole).hasSameSizeAs(plain);
    for (int i = 0; i < plain.length; i++) {
      assertThat(whole[i]).isCloseTo(plain[i], within(1e-6f));
      assertThat(split[i]).isCloseTo(plain[i], within(1e-6f));
      assertThat(replayed[i]).isCloseTo(plain[i], within(1e-6f));
    }
  }

  /** Nothing is smaller than one sample: the message says so, and the next evaluation works. */
  @Test
  void aSampleThatDoesNotFit() {
    Integer[] untilOne = {0, 1, 2, 3, 4, 5, 6, 7};
    try (Model model = model();
        Trainer trainer = smart(SPLIT, new FailingAt(untilOne)).apply(model, config())) {
      trainer.initialize(new Shape(BATCH, FEATURES));
      try (Batch batch = Scenarios.samples(trainer.getManager(), BATCH, FEATURES, CLASSES, 1)) {
        Assertions.assertThatThrownBy(
                () -> {
                  for (int i = 0; i < untilOne.length; i++) {
                    trainer.evaluate(batch.getData());
                  }
                })
            .isInstanceOf(SmartOpsException.class)
            .hasMessageContaining("memory ran out in evaluate with a micro-batch of 1")
            .hasRootCauseInstanceOf(EngineException.class);
        drain(trainer, batch.getData(), untilOne.length);
        assertThat(trainer.evaluate(batch.getData()).head().size(0)).isEqualTo(BATCH);
      }
    }
  }

  private static void drain(Trainer trainer, NDList data, int times) {
    for (int i = 0; i < times; i++) {
      try {
        trainer.evaluate(data);
      } catch (SmartOpsException e) {
        assertThat(e).hasMessageContaining("memory ran out");
      }
    }
  }

  private static void assertSame(Map<String, Float> plain, Map<String, Float> smart) {
    assertThat(smart.keySet()).isEqualTo(plain.keySet());
    plain.forEach((name, v) -> assertThat(smart.get(name)).as(name).isCloseTo(v, within(1e-6f)));
  }

  private static BiFunction<Model, DefaultTrainingConfig, Trainer> smart(
      SmartOpsConfig options, Checkpoints checkpoints) {
    return (model, config) -> AdaptiveTrainer.create(model, config, options, checkpoints);
  }

  private static Map<String, Float> evaluations(
      BiFunction<Model, DefaultTrainingConfig, Trainer> factory) {
    try (Model model = model();
        Trainer trainer = factory.apply(model, config())) {
      trainer.initialize(new Shape(BATCH, FEATURES));
      EasyTrain.evaluateDataset(trainer, dataset(trainer));
      trainer.notifyListeners(listener -> listener.onEpoch(trainer));
      Map<String, Float> values = new TreeMap<>(trainer.getTrainingResult().getEvaluations());
      values.keySet().removeIf(name -> !name.startsWith("validate_"));
      assertThat(values).containsKeys("validate_loss", "validate_Accuracy");
      return values;
    } catch (IOException | TranslateException e) {
      throw new AssertionError(e);
    }
  }

  private static float[] predictions(BiFunction<Model, DefaultTrainingConfig, Trainer> factory) {
    try (Model model = model();
        Trainer trainer = factory.apply(model, config())) {
      trainer.initialize(new Shape(BATCH, FEATURES));
      try (Batch batch = Scenarios.samples(trainer.getManager(), BATCH, FEATURES, CLASSES, 1)) {
        return trainer.evaluate(batch.getData()).head().toFloatArray();
      }
    }
  }

  private static Model model() {
    Engine.getInstance().setRandomSeed(Scenario.SEED);
    Model model = Model.newInstance("evaluated", "PyTorch");
    model.setBlock(Scenarios.mlpBlock(FEATURES, CLASSES));
    return model;
  }

  private static DefaultTrainingConfig config() {
    return new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
        .addEvaluator(new Accuracy())
        .addTrainingListeners(new EvaluatorTrainingListener());
  }

  private static ArrayDataset dataset(Trainer trainer) {
    Batch all = Scenarios.samples(trainer.getManager(), SAMPLES, FEATURES, CLASSES, 1);
    return new ArrayDataset.Builder()
        .setData(all.getData().head())
        .optLabels(all.getLabels().head())
        .setSampling(BATCH, false)
        .build();
  }
}
