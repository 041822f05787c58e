package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartTrainer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Loops other than one forward, one backward, one step; batches of changing size; optimizers. */
class LoopsTest {
  private static final int STEPS = 20;
  private static final int ACCUMULATED = 3;
  private static final double TOLERANCE = 1e-5;
  private static final int[] RAGGED = {32, 32, 29, 13, 1};
  private static final SmartOpsConfig UNSPLIT =
      SmartOpsConfig.builder()
          .optPrecision(PrecisionPolicy.FP32)
          .optMicroBatch(Scenarios.BATCH)
          .build();
  private static final SmartOpsConfig EIGHTHS =
      SmartOpsConfig.builder()
          .optPrecision(PrecisionPolicy.FP32)
          .optMicroBatch(Scenarios.BATCH / 8)
          .build();

  static Stream<Arguments> losses() {
    return Scenarios.losses().stream()
        .map(loss -> loss.apply(Scenarios.mlp()))
        .map(scenario -> Arguments.of(scenario.name(), scenario));
  }

  static Stream<Arguments> lossesAndLoops() {
    List<Arguments> cases = new ArrayList<>();
    Map<String, Scenario.Loop> loops =
        Map.of(
            "EasyTrain", ExactnessTest::easyTrain,
            "manual", ExactnessTest::manual,
            "trainBatch", ExactnessTest::trainBatch);
    for (Function<Scenario, Scenario> loss : Scenarios.losses()) {
      Scenario scenario = loss.apply(Scenarios.mlp());
      loops.forEach((name, loop) -> cases.add(Arguments.of(scenario.name(), name, scenario, loop)));
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("lossesAndLoops")
  void raggedBatches(String name, String loopName, Scenario scenario, Scenario.Loop loop) {
    var plain = scenario.plain(STEPS, ExactnessTest::easyTrain, LoopsTest::ragged);
    var unsplit = scenario.smart(UNSPLIT, STEPS, loop, LoopsTest::ragged);
    var split = scenario.smart(EIGHTHS, STEPS, loop, LoopsTest::ragged);
    assertThat(unsplit.parameters()).usingRecursiveComparison().isEqualTo(plain.parameters());
    assertThat(Scenario.relativeDifference(plain, split)).isLessThan(TOLERANCE);
  }

  private static int ragged(int step) {
    return RAGGED[step % RAGGED.length];
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("losses")
  void severalLogicalBatchesBeforeOneStep(String name, Scenario scenario) {
    var plain = scenario.plain(STEPS, LoopsTest::accumulatingEasyTrain, LoopsTest::ragged);
    for (Scenario.Loop loop :
        List.<Scenario.Loop>of(
            LoopsTest::accumulatingEasyTrain,
            LoopsTest::accumulatingManual,
            LoopsTest::accumulatingTrainBatch)) {
      var unsplit = scenario.smart(UNSPLIT, STEPS, loop, LoopsTest::ragged);
      var split = scenario.smart(EIGHTHS, STEPS, loop, LoopsTest::ragged);
      assertThat(unsplit.parameters()).usingRecursiveComparison().isEqualTo(plain.parameters());
      assertThat(Scenario.relativeDifference(plain, split)).isLessThan(TOLERANCE);
    }
  }

  private static void accumulatingEasyTrain(Trainer trainer, Batch batch, int index) {
    EasyTrain.trainBatch(trainer, batch);
    stepNowAndThen(trainer, index);
  }

  private static void accumulatingManual(Trainer trainer, Batch batch, int index) {
    try (GradientCollector collector = trainer.newGradientCollector()) {
      NDList predictions = trainer.forward(batch.getData());
      collector.backward(trainer.getLoss().evaluate(batch.getLabels(), predictions).add(0f));
    }
    stepNowAndThen(trainer, index);
  }

  private static void accumulatingTrainBatch(Trainer trainer, Batch batch, int index) {
    ((SmartTrainer) trainer).trainBatch(batch);
    stepNowAndThen(trainer, index);
  }

  private static void stepNowAndThen(Trainer trainer, int index) {
    if (index % ACCUMULATED == ACCUMULATED - 1) {
      trainer.step();
    }
  }

  static Stream<Arguments> siameseLoops() {
    return Stream.of(
        Arguments.of("forward(data)", (Scenario.Loop) LoopsTest::siamese),
        Arguments.of("forward(data, labels)", (Scenario.Loop) LoopsTest::siameseWithLabels),
        Arguments.of("two losses added", (Scenario.Loop) LoopsTest::twoLossesAdded),
        Arguments.of("two losses, backward each", (Scenario.Loop) LoopsTest::twoBackwards),
        Arguments.of("one after the other", (Scenario.Loop) LoopsTest::oneAfterTheOther));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("siameseLoops")
  void twoForwardsInOneCollector(String name, Scenario.Loop loop) {
    for (Scenario scenario : List.of(Scenarios.mlp(), Scenarios.cnn(), Scenarios.lstm())) {
      var plain = scenario.plain(STEPS, loop);
      var unsplit = scenario.smart(UNSPLIT, STEPS, loop);
      var split = scenario.smart(EIGHTHS, STEPS, loop);
      assertThat(unsplit.parameters()).usingRecursiveComparison().isEqualTo(plain.parameters());
      assertThat(Scenario.relativeDifference(plain, split)).isLessThan(TOLERANCE);
    }
  }

  /** Distance of two views of the same samples, and of one view of neighbours. */
  private static void siamese(Trainer trainer, Batch batch, int index) {
    try (GradientCollector collector = trainer.newGradientCollector()) {
      NDArray left = trainer.forward(batch.getData()).head();
      NDArray right = trainer.forward(otherView(batch)).head();
      collector.backward(contrast(left, right));
    }
    trainer.step();
  }

  private static void siameseWithLabels(Trainer trainer, Batch batch, int index) {
    try (GradientCollector collector = trainer.newGradientCollector()) {
      NDArray left = trainer.forward(batch.getData(), batch.getLabels()).head();
      NDArray right = trainer.forward(otherView(batch), batch.getLabels()).head();
      collector.backward(contrast(left, right));
    }
    trainer.step();
  }

  private static NDArray contrast(NDArray left, NDArray right) {
    return left.matMul(right.transpose()).logSoftmax(-1).mean().neg().add(left.sub(right).norm());
  }

  private static void twoLossesAdded(Trainer trainer, Batch batch, int index) {
    try (GradientCollector collector = trainer.newGradientCollector()) {
      NDList left = trainer.forward(batch.getData(), batch.getLabels());
      NDList right = trainer.forward(otherView(batch), batch.getLabels());
      NDArray first = trainer.getLoss().evaluate(batch.getLabels(), left);
      NDArray second = trainer.getLoss().evaluate(batch.getLabels(), right);
      collector.backward(first.add(second));
    }
    trainer.step();
  }

  private static void twoBackwards(Trainer trainer, Batch batch, int index) {
    try (GradientCollector collector = trainer.newGradientCollector()) {
      NDList left = trainer.forward(batch.getData(), batch.getLabels());
      NDList right = trainer.forward(otherView(batch), batch.getLabels());
      collector.backward(trainer.getLoss().evaluate(batch.getLabels(), left));
      collector.backward(trainer.getLoss().evaluate(batch.getLabels(), right));
    }
    trainer.step();
  }

  private static void oneAfterTheOther(Trainer trainer, Batch batch, int index) {
    try (GradientCollector collector = trainer.newGradientCollector()) {
      NDList left = trainer.forward(batch.getData(), batch.getLabels());
      collector.backward(trainer.getLoss().evaluate(batch.getLabels(), left));
      NDList right = trainer.forward(otherView(batch), batch.getLabels());
      collector.backward(trainer.getLoss().evaluate(batch.getLabels(), right));
    }
    trainer.step();
  }

  private static NDList otherView(Batch batch) {
    return new NDList(batch.getData().head().mul(0.5f).add(0.1f));
  }

  static Stream<Arguments> optimizers() {
    Supplier<Optimizer> adamW =
        () ->
            Optimizer.adamW()
                .optLearningRateTracker(Tracker.fixed(1e-3f))
                .optWeightDecays(0.01f)
                .build();
    return Stream.of(
        Arguments.of("sgd", Scenario.sgd()),
        Arguments.of("momentum", Scenario.momentum()),
        Arguments.of("adam", Scenario.adam()),
        Arguments.of("adamw", adamW));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("optimizers")
  void optimizers(String name, Supplier<Optimizer> optimizer) {
    Scenario scenario = Scenarios.mlp().withOptimizer(optimizer);
    var plain = scenario.plain(STEPS, ExactnessTest::easyTrain);
    var unsplit = scenario.smart(UNSPLIT, STEPS, ExactnessTest::easyTrain);
    var split = scenario.smart(EIGHTHS, STEPS, ExactnessTest::easyTrain);
    assertThat(unsplit.parameters()).usingRecursiveComparison().isEqualTo(plain.parameters());
    assertThat(Scenario.relativeDifference(plain, split)).isLessThan(TOLERANCE);
  }
}
