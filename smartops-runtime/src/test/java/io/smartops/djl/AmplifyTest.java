package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.optimizer.Sgd;
import ai.djl.training.tracker.Tracker;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartTrainer;
import io.smartops.control.Knob;
import io.smartops.control.LearningRateRule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real runs whose updates take several batches. */
class AmplifyTest {
  private static final int BATCH = 8;
  private static final int SEED = 5;

  private final Set<Integer> updatesSeen = new TreeSet<>();
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  /** The eighth update takes two batches; by the linear rule that is the sum of both. */
  @Test
  void anAmplifiedUpdateIsTheMeanOfItsBatchesUnderTheRulesRate() throws Exception {
    float[] amplified = train(smart(LearningRateRule.LINEAR), 9, Set.of());
    assertThat(updatesSeen).hasSize(8).contains(1, 8);
    float[] plain = train(Model::newTrainer, 9, Set.of(8));

    assertThat(amplified).isEqualTo(plain);
  }

  @Test
  void theLearningRateIsTheUsersAgainWhenTheTrainerIsClosed() throws Exception {
    Optimizer optimizer = Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.5f)).build();
    try (Model model = model()) {
      SmartTrainer trainer =
          (SmartTrainer) smart(LearningRateRule.LINEAR).make(model, config(optimizer));
      assertThat(tracker(optimizer)).isNotInstanceOf(Tracker.class);
      trainer.close();
      assertThat(tracker(optimizer)).isInstanceOf(Tracker.class);
    }
  }

  @Test
  void whatIsHeldBackIsAppliedAtTheEndOfAnEpoch() throws Exception {
    try (Model model = model();
        SmartTrainer trainer =
            (SmartTrainer) smart(LearningRateRule.ADASCALE).make(model, config(sgd()))) {
      trainer.initialize(new Shape(1, 4));
      EasyTrain.fit(trainer, 2, data(8, false), null);
      assertThat(trainer.stats().steps()).isEqualTo(16);
      assertThat(trainer.stats().samples()).isEqualTo(16 * BATCH);
    }
  }

  @Test
  void whatIsHeldBackIsAppliedBeforeAnEvaluation() throws Exception {
    try (Model model = model();
        SmartTrainer trainer =
            (SmartTrainer) smart(LearningRateRule.SQUARE_ROOT).make(model, config(sgd()))) {
      trainer.initialize(new Shape(1, 4));
      for (Batch batch : trainer.iterateDataset(data(8, false))) {
        trainer.trainBatch(batch);
        trainer.step();
        batch.close();
      }
      assertThat(trainer.stats().steps()).isEqualTo(7);
      trainer.evaluate(new NDList(manager.ones(new Shape(2, 4))));
      assertThat(trainer.stats().steps()).isEqualTo(8);
    }
  }

  @Test
  void theBatchGrowsWhereLabelsAreNoise(@TempDir Path folder) throws Exception {
    Path journal = folder.resolve("run.jsonl");
    SmartOpsConfig options =
        SmartOpsConfig.builder()
            .optAmplify(64, LearningRateRule.ADASCALE)
            .optJournal(journal)
            .build();
    Optimizer optimizer = Optimizer.adam().optLearningRateTracker(Tracker.fixed(1e-3f)).build();
    Engine.getInstance().setRandomSeed(SEED);
    try (Model model = model();
        SmartTrainer trainer = (SmartTrainer) SmartOps.trainer(model, config(optimizer), options)) {
      trainer.initialize(new Shape(1, 4));
      EasyTrain.fit(trainer, 1, data(400, true), null);

      assertThat(trainer.stats().decisions())
          .filteredOn(d -> d.knob() == Knob.LOGICAL_BATCH)
          .isNotEmpty()
          .first()
          .satisfies(d -> assertThat(d.to()).isEqualTo("16"));
      assertThat(trainer.stats().steps()).isBetween(105L, 340L);
      assertThat(trainer.stats().samples()).isEqualTo(400 * BATCH);
    }
    JournalReplay.assertSame(journal);
  }

  @Test
  void refusesWhatItCannotAmplify() {
    Optimizer stranger =
        new Optimizer(Optimizer.sgd().setLearningRateTracker(Tracker.fixed(1))) {
          @Override
          public void update(String parameterId, NDArray weight, NDArray grad) {}
        };
    try (Model model = model()) {
      assertThatThrownBy(() -> smart(LearningRateRule.LINEAR).make(model, config(stranger)))
          .hasMessageContaining("no field learningRateTracker");
    }
  }

  private interface Trainers {
    Trainer make(Model model, DefaultTrainingConfig config);
  }

  private static Trainers smart(LearningRateRule rule) {
    SmartOpsConfig options =
        SmartOpsConfig.builder()
            .optAmplify(64, rule)
            .optPrecision(PrecisionPolicy.FP32)
            .optMicroBatch(BATCH)
            .build();
    return (model, config) -> SmartOps.trainer(model, config, options);
  }

  /** Batches without a step among them are the plain trainer's way to accumulate. */
  private float[] train(Trainers trainers, int batches, Set<Integer> withoutStep) throws Exception {
    Engine.getInstance().setRandomSeed(SEED);
    try (Model model = model();
        Trainer trainer = trainers.make(model, config(sgd()))) {
      trainer.initialize(new Shape(1, 4));
      int number = 0;
      for (Batch batch : trainer.iterateDataset(data(batches, false))) {
        number++;
        EasyTrain.trainBatch(trainer, batch);
        if (!withoutStep.contains(number)) {
          trainer.step();
        }
        batch.close();
      }
      List<Float> values = new ArrayList<>();
      for (Parameter parameter : model.getBlock().getParameters().values()) {
        for (float value : parameter.getArray().toFloatArray()) {
          values.add(value);
        }
      }
      float[] all = new float[values.size()];
      for (int i = 0; i < all.length; i++) {
        all[i] = values.get(i);
      }
      return all;
    }
  }

  private Sgd sgd() {
    Tracker tracker =
        update -> {
          updatesSeen.add(update);
          return 0.1f;
        };
    return Optimizer.sgd().setLearningRateTracker(tracker).build();
  }

  private static Object tracker(Optimizer optimizer) throws ReflectiveOperationException {
    var field = Sgd.class.getDeclaredField("learningRateTracker");
    field.setAccessible(true);
    return field.get(optimizer);
  }

  private static Model model() {
    Model model = Model.newInstance("amplified");
    model.setBlock(Linear.builder().setUnits(2).build());
    return model;
  }

  private static DefaultTrainingConfig config(Optimizer optimizer) {
    return new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss()).optOptimizer(optimizer);
  }

  private ArrayDataset data(int batches, boolean noise) {
    Engine.getInstance().setRandomSeed(7);
    int samples = batches * BATCH;
    NDArray data = manager.randomNormal(new Shape(samples, 4));
    NDArray labels =
        noise
            ? manager.randomInteger(0, 2, new Shape(samples, 1), DataType.INT64)
            : data.get(":, 0:1").gt(0).toType(DataType.INT64, false);
    return new ArrayDataset.Builder()
        .setData(data)
        .optLabels(labels)
        .setSampling(BATCH, false)
        .build();
  }
}
