package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsStats;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients with respect to the input arrive where DJL puts them: at the user's own array. */
class InputGradientTest {
  private static final int STEPS = 5;
  private static final SmartOpsConfig UNSPLIT =
      SmartOpsConfig.builder()
          .optPrecision(PrecisionPolicy.FP32)
          .optMicroBatch(Scenarios.BATCH)
          .build();
  private static final SmartOpsConfig SPLIT =
      SmartOpsConfig.builder()
          .optPrecision(PrecisionPolicy.FP32)
          .optMicroBatch(Scenarios.BATCH / 8)
          .build();

  /** The gradients of every input in every step. */
  private static final class Seen {
    private final List<float[]> gradients = new ArrayList<>();

    Scenario.Loop around(Scenario.Loop loop) {
      return (trainer, batch, index) -> {
        batch.getData().forEach(array -> array.setRequiresGradient(true));
        loop.step(trainer, batch, index);
        batch.getData().forEach(array -> gradients.add(array.getGradient().toFloatArray()));
      };
    }
  }

  static List<Scenario> scenarios() {
    return List.of(Scenarios.mlp(), Scenarios.cnn(), Scenarios.twoInputs());
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void wholeIsBitForBit(Scenario scenario) {
    Seen plain = new Seen();
    Seen smart = new Seen();
    scenario.plain(STEPS, plain.around(ExactnessTest::easyTrain));
    scenario.smart(UNSPLIT, STEPS, smart.around(ExactnessTest::easyTrain));
    assertThat(smart.gradients).usingRecursiveComparison().isEqualTo(plain.gradients);
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void fused(Scenario scenario) {
    SmartOpsStats stats = comparedWithPlain(scenario, ExactnessTest::easyTrain);
    assertThat(stats.fusedBatches()).isEqualTo(STEPS);
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void fusedWithOneCorrection(Scenario scenario) {
    SmartOpsStats stats =
        comparedWithPlain(
            scenario.withLoss("sum", b -> new Scenarios.SumLoss()), ExactnessTest::easyTrain);
    assertThat(stats.fusedBatches()).isEqualTo(STEPS);
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void twoPass(Scenario scenario) {
    SmartOpsStats stats =
        comparedWithPlain(
            scenario.withLoss("contrastive", b -> new Scenarios.ContrastiveLoss()),
            ExactnessTest::easyTrain);
    assertThat(stats.twoPassBatches()).isEqualTo(STEPS);
  }

  private static SmartOpsStats comparedWithPlain(Scenario scenario, Scenario.Loop loop) {
    Seen plain = new Seen();
    Seen smart = new Seen();
    AtomicReference<SmartOpsStats> stats = new AtomicReference<>();
    scenario.plain(STEPS, plain.around(loop));
    scenario.smart(
        SPLIT, STEPS, smart.around(loop), Checkpoints.NONE, trainer -> stats.set(trainer.stats()));
    assertThat(
            Scenario.relativeDifference(
                new Scenario.Result(plain.gradients, List.of()),
                new Scenario.Result(smart.gradients, List.of())))
        .isLessThan(1e-5);
    return stats.get();
  }

  /** The input is itself computed, by a scale that the user learns outside of the model. */
  @Test
  void reachesWhatTheInputWasComputedFrom() {
    float plain = scaleGradient(loop -> Scenarios.mlp().plain(1, loop));
    float unsplit = scaleGradient(loop -> Scenarios.mlp().smart(UNSPLIT, 1, loop));
    float split = scaleGradient(loop -> Scenarios.mlp().smart(SPLIT, 1, loop));
    assertThat(unsplit).isEqualTo(plain);
    assertThat(split).isCloseTo(plain, within(1e-5f * Math.abs(plain)));
  }

  private static float scaleGradient(Consumer<Scenario.Loop> run) {
    float[] gradient = new float[1];
    run.accept(
        (trainer, batch, index) -> {
          NDArray scale = batch.getManager().create(1.5f);
          scale.setRequiresGradient(true);
          try (GradientCollector collector = trainer.newGradientCollector()) {
            NDList scaled = new NDList(batch.getData().head().mul(scale));
            NDList predictions = trainer.forward(scaled, batch.getLabels());
            collector.backward(trainer.getLoss().evaluate(batch.getLabels(), predictions));
          }
          gradient[0] = scale.getGradient().getFloat();
        });
    return gradient[0];
  }

  /** A gradient that the user already had at the input stays, and the new one is added. */
  @Test
  void addsToWhatIsThere() {
    Scenario.Loop twice =
        (trainer, batch, index) -> {
          EasyTrain.trainBatch(trainer, batch);
          EasyTrain.trainBatch(trainer, batch);
          trainer.step();
        };
    comparedWithPlain(Scenarios.mlp(), twice);
  }

  /** Only one of two inputs is asked for. */
  @Test
  void oneOfTwoInputs() {
    List<float[]> plain = new ArrayList<>();
    List<float[]> smart = new ArrayList<>();
    Scenarios.twoInputs().plain(STEPS, (t, b, i) -> secondInputOnly(t, b, plain));
    Scenarios.twoInputs().smart(UNSPLIT, STEPS, (t, b, i) -> secondInputOnly(t, b, smart));
    assertThat(smart).usingRecursiveComparison().isEqualTo(plain);
  }

  private static void secondInputOnly(Trainer trainer, Batch batch, List<float[]> seen) {
    NDArray second = batch.getData().get(1);
    second.setRequiresGradient(true);
    ExactnessTest.easyTrain(trainer, batch, 0);
    seen.add(second.getGradient().toFloatArray());
    assertThat(batch.getData().get(0).hasGradient()).isFalse();
  }
}
