package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartTrainer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients are those of plain DJL: bit for bit unsplit, to rounding when split. */
class ExactnessTest {
  private static final int STEPS = 20;
  private static final double TOLERANCE = 1e-5;
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

  /** What plain DJL makes of a scenario, by its name. */
  private static final Map<String, Scenario.Result> PLAIN = new ConcurrentHashMap<>();

  /** The loops that a user may write. */
  private static final Map<String, Scenario.Loop> LOOPS =
      Map.of(
          "EasyTrain", ExactnessTest::easyTrain,
          "manual", ExactnessTest::manual,
          "trainBatch", ExactnessTest::trainBatch);

  static Stream<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    for (Scenario model : Scenarios.models()) {
      for (var loss : Scenarios.losses()) {
        for (String loop : LOOPS.keySet().stream().sorted().toList()) {
          Scenario scenario = loss.apply(model);
          cases.add(Arguments.of(scenario.name(), loop, scenario));
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("cases")
  void unsplitIsBitForBit(String name, String loop, Scenario scenario) {
    var plain = PLAIN.computeIfAbsent(name, n -> scenario.plain(STEPS, ExactnessTest::easyTrain));
    var smart = scenario.smart(UNSPLIT, STEPS, LOOPS.get(loop));
    assertThat(smart.parameters()).usingRecursiveComparison().isEqualTo(plain.parameters());
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("cases")
  void splitIsEqualToRounding(String name, String loop, Scenario scenario) {
    var plain = PLAIN.computeIfAbsent(name, n -> scenario.plain(STEPS, ExactnessTest::easyTrain));
    var smart = scenario.smart(EIGHTHS, STEPS, LOOPS.get(loop));
    assertThat(Scenario.relativeDifference(plain, smart)).isLessThan(TOLERANCE);
  }

  static void easyTrain(Trainer trainer, Batch batch, int index) {
    EasyTrain.trainBatch(trainer, batch);
    trainer.step();
  }

  static void manual(Trainer trainer, Batch batch, int index) {
    try (GradientCollector collector = trainer.newGradientCollector()) {
      NDList predictions = trainer.forward(batch.getData());
      NDArray loss = trainer.getLoss().evaluate(batch.getLabels(), predictions).mul(1f);
      collector.backward(loss);
    }
    trainer.step();
  }

  static void trainBatch(Trainer trainer, Batch batch, int index) {
    ((SmartTrainer) trainer).trainBatch(batch);
    trainer.step();
  }
}
