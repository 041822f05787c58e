package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOpsConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Models with dropout. Unsplit, the masks are those of plain DJL under the same seed. Split, they
 * are those that the micro-batches' seeds give: the reference runs the same plan with the same
 * seeds, written out in plain DJL.
 */
class DropoutTest {
  private static final int STEPS = 20;
  private static final double TOLERANCE = 1e-5;
  private static final int MICRO_BATCH = 4;
  private static final int[] RAGGED = {32, 29, 13, 1};
  private static final SmartOpsConfig UNSPLIT =
      SmartOpsConfig.builder()
          .optPrecision(PrecisionPolicy.FP32)
          .optMicroBatch(Scenarios.BATCH)
          .build();
  private static final SmartOpsConfig SPLIT =
      SmartOpsConfig.builder()
          .optPrecision(PrecisionPolicy.FP32)
          .optMicroBatch(MICRO_BATCH)
          .build();

  static Stream<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    for (Scenario model : List.of(Scenarios.dropoutMlp(), Scenarios.transformer(0.1f))) {
      for (Function<Scenario, Scenario> loss : Scenarios.losses()) {
        Scenario scenario = loss.apply(model).withOptimizer(Scenario.momentum(0.001f));
        cases.add(Arguments.of(scenario.name(), scenario));
      }
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void unsplitIsBitForBit(String name, Scenario scenario) {
    var plain = scenario.plain(STEPS, ExactnessTest::easyTrain);
    var smart = scenario.smart(UNSPLIT, STEPS, ExactnessTest::easyTrain);
    assertThat(smart.parameters()).usingRecursiveComparison().isEqualTo(plain.parameters());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void splitIsThePlanWrittenOutInPlainDjl(String name, Scenario scenario) {
    var reference = scenario.plain(STEPS, DropoutTest::planWrittenOut, DropoutTest::ragged);
    var fused = scenario.smart(SPLIT, STEPS, ExactnessTest::easyTrain, DropoutTest::ragged);
    var twoPass = scenario.smart(SPLIT, STEPS, ExactnessTest::manual, DropoutTest::ragged);
    assertThat(Scenario.relativeDifference(reference, fused)).isLessThan(TOLERANCE);
    assertThat(Scenario.relativeDifference(reference, twoPass)).isLessThan(TOLERANCE);
  }

  private static int ragged(int step) {
    return RAGGED[step % RAGGED.length];
  }

  /** One graph over all micro-batches, each seeded; the loss sees all predictions at once. */
  private static void planWrittenOut(Trainer trainer, Batch batch, int index) {
    int size = batch.getSize();
    int parts = (size + MICRO_BATCH - 1) / MICRO_BATCH;
    try (GradientCollector collector = trainer.newGradientCollector()) {
      NDList predictions = new NDList();
      int from = 0;
      for (int part = 0; part < parts; part++) {
        int to = from + (size - from + parts - part - 1) / (parts - part);
        if (parts > 1) {
          Seeds.apply(Seeds.of(index, part));
        }
        NDArray rows = batch.getData().head().get(from + ":" + to);
        predictions.add(trainer.forward(new NDList(rows)).head());
        from = to;
      }
      NDArray joined = parts == 1 ? predictions.head() : NDArrays.concat(predictions, 0);
      collector.backward(trainer.getLoss().evaluate(batch.getLabels(), new NDList(joined)));
    }
    trainer.step();
  }
}
