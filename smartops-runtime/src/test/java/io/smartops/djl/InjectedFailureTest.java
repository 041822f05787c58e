package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.SmartOpsException;
import io.smartops.SmartTrainer;
import io.smartops.control.MicroBatchLimits;
import io.smartops.djl.FailureRun.Failure;
import io.smartops.djl.FailureRun.Outcome;
import io.smartops.djl.FailureRun.Reached;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Memory runs out at each checkpoint of a training step in turn: every phase, every micro-batch,
 * every parameter. What is left afterwards is, bit for bit, that of a run with the same final plan
 * in which nothing failed.
 */
class InjectedFailureTest {
  /** Moments, statistics and counts are no longer zero when this batch fails. */
  private static final int FAILING_BATCH = 2;

  private static final int BATCHES = 4;

  private static final Map<String, MicroBatchLimits> PLANS =
      Map.of(
          "whole",
          MicroBatchLimits.ANY,
          "micro-batches",
          new MicroBatchLimits(Scenarios.BATCH / 4, Scenarios.BATCH / 4));

  private static final Map<String, Scenario.Loop> KNOWN_LOSS =
      Map.of(
          "EasyTrain",
          (trainer, batch, index) -> EasyTrain.trainBatch(trainer, batch),
          "trainBatch",
          (trainer, batch, index) -> ((SmartTrainer) trainer).trainBatch(batch));

  private static final Map<String, Scenario.Loop> FOREIGN_LOSS =
      Map.of("manual", InjectedFailureTest::manual);

  /** Runs that the cases have in common. */
  private static final Map<List<Object>, Outcome> CLEAN = new HashMap<>();

  static Stream<Arguments> knownLoss() {
    return cases(
        KNOWN_LOSS,
        List.of(
            Scenarios::mlp,
            Scenarios::dropoutMlp,
            Scenarios::batchNormCnn,
            () -> Scenarios.transformer(0.1f),
            () -> Scenarios.lstm().withLoss("contrastive", b -> new Scenarios.ContrastiveLoss())));
  }

  @ParameterizedTest(name = "{0}, {1}, {2}")
  @MethodSource("knownLoss")
  void aFailureAnywhereChangesNothing(String model, String loop, String plan, FailureRun run) {
    for (Failure failure : everyFailure(run)) {
      Outcome failed = run.failing(List.of(failure));
      assertThat(failed.failures()).isEqualTo(1);
      failed.assertSameAs(clean(model, run, failed.caps()), failure.toString());
    }
  }

  static Stream<Arguments> foreignLoss() {
    return cases(FOREIGN_LOSS, List.of(Scenarios::mlp, Scenarios::cnn, Scenarios::twoInputs));
  }

  /**
   * A loss that the runtime does not know cannot be computed again, so after a failure in backward
   * the predictions are those of the first attempt: equal to rounding.
   */
  @ParameterizedTest(name = "{0}, {1}, {2}")
  @MethodSource("foreignLoss")
  void aFailureUnderAForeignLossChangesNoMoreThanRounding(
      String model, String loop, String plan, FailureRun run) {
    for (Failure failure : everyFailure(run)) {
      Outcome failed = run.failing(List.of(failure));
      Outcome clean = clean(model, run, failed.caps());
      assertThat(failed.failures()).isEqualTo(1);
      assertThat(Scenario.relativeDifference(result(clean), result(failed))).isLessThan(2e-6);
      assertThat(failed.listenerCalls()).isEqualTo(clean.listenerCalls());
      assertThat(failed.optimizer().get("numUpdate")).isEqualTo(clean.optimizer().get("numUpdate"));
    }
  }

  static Stream<Arguments> drawnPredictions() {
    return cases(FOREIGN_LOSS, List.of(Scenarios::dropoutMlp, Scenarios::batchNormCnn));
  }

  /**
   * Predictions that come out differently in smaller parts: after the loss, the same plan is
   * repeated with the same masks.
   */
  @ParameterizedTest(name = "{0}, {1}, {2}")
  @MethodSource("drawnPredictions")
  void aFailureUnderAForeignLossIsRepeatedAsItWas(
      String model, String loop, String plan, FailureRun run) {
    int repeated = 0;
    for (Failure failure : everyFailure(run)) {
      Outcome failed = run.failing(List.of(failure));
      List<Integer> caps = new ArrayList<>(failed.caps());
      if (isAfterLoss(run, failure)) {
        caps.set(FAILING_BATCH, run.limits().max());
        repeated++;
      }
      failed.assertSameAs(clean(model, run, caps), failure.toString());
    }
    assertThat(repeated).isPositive();
  }

  static Stream<Arguments> drawnWhole() {
    return drawnPredictions().filter(arguments -> arguments.get()[2].equals("whole"));
  }

  /** Nothing is left to try when that fails too: a clear error, not a lie. */
  @ParameterizedTest(name = "{0}, {1}, {2}")
  @MethodSource("drawnWhole")
  void aSecondFailureUnderAForeignLossIsAnError(
      String model, String loop, String plan, FailureRun run) {
    Failure first =
        everyFailure(run).stream().filter(f -> isAfterLoss(run, f)).findFirst().orElseThrow();
    // the next checkpoint is that of smaller parts, which predict otherwise
    Failure second = new Failure(first.batch(), first.ordinal() + 2);
    assertThatThrownBy(() -> run.failing(List.of(first, second)))
        .isInstanceOf(SmartOpsException.class)
        .hasMessageContaining("trainBatch(batch, loss)");
    assertThat(BoundaryCollector.current()).isEmpty();
  }

  static Stream<Arguments> accumulated() {
    return cases(KNOWN_LOSS, List.of(Scenarios::mlp, Scenarios::batchNormCnn))
        .map(
            arguments -> {
              Object[] values = arguments.get();
              FailureRun run = (FailureRun) values[3];
              values[3] = new FailureRun(run.scenario(), run.loop(), run.limits(), 6, 3);
              return Arguments.of(values);
            });
  }

  @ParameterizedTest(name = "{0}, {1}, {2}")
  @MethodSource("accumulated")
  void whatEarlierBatchesAddedSurvives(String model, String loop, String plan, FailureRun run) {
    List<Integer> noCaps = List.of();
    List<Reached> reached = clean("accumulated " + model, run, noCaps).reached();
    for (int batch : List.of(1, 2, 4)) {
      for (Failure failure : everyFailure(reached, batch)) {
        Outcome failed = run.failing(List.of(failure));
        failed.assertSameAs(clean("accumulated " + model, run, failed.caps()), failure.toString());
      }
    }
  }

  private static Stream<Arguments> cases(
      Map<String, Scenario.Loop> loops, List<Supplier<Scenario>> models) {
    List<Arguments> cases = new ArrayList<>();
    for (Supplier<Scenario> model : models) {
      Scenario scenario = model.get().withOptimizer(Scenario.adam());
      loops.forEach(
          (loopName, loop) ->
              PLANS.forEach(
                  (planName, limits) ->
                      cases.add(
                          Arguments.of(
                              scenario.name(),
                              loopName,
                              planName,
                              new FailureRun(scenario, loop, limits, BATCHES, 1)))));
    }
    return cases.stream();
  }

  private static List<Failure> everyFailure(FailureRun run) {
    List<Reached> reached = run.clean().reached();
    Set<Phase> phases = EnumSet.noneOf(Phase.class);
    reached.forEach(r -> phases.add(r.phase()));
    assertThat(phases).contains(Phase.FORWARD, Phase.LOSS, Phase.BACKWARD, Phase.STEP);
    return everyFailure(reached, FAILING_BATCH);
  }

  private static List<Failure> everyFailure(List<Reached> reached, int batch) {
    int checkpoints = (int) reached.stream().filter(r -> r.batch() == batch).count();
    List<Failure> failures = new ArrayList<>();
    for (int ordinal = 0; ordinal < checkpoints; ordinal++) {
      failures.add(new Failure(batch, ordinal));
    }
    return failures;
  }

  private static boolean isAfterLoss(FailureRun run, Failure failure) {
    List<Reached> reached =
        run.clean().reached().stream().filter(r -> r.batch() == failure.batch()).toList();
    return reached.get(failure.ordinal()).phase() != Phase.STEP
        && reached.subList(0, failure.ordinal()).stream().anyMatch(r -> r.phase() == Phase.LOSS);
  }

  private static Outcome clean(String model, FailureRun run, List<Integer> caps) {
    return CLEAN.computeIfAbsent(
        List.of(model, run.limits(), caps, run.loop()), key -> run.clean(caps));
  }

  private static Scenario.Result result(Outcome outcome) {
    return new Scenario.Result(outcome.parameters(), List.of());
  }

  private static void manual(Trainer trainer, Batch batch, int index) {
    try (GradientCollector collector = trainer.newGradientCollector()) {
      NDList predictions = trainer.forward(batch.getData());
      NDArray loss = trainer.getLoss().evaluate(batch.getLabels(), predictions).mul(1f);
      collector.backward(loss);
    }
  }
}
