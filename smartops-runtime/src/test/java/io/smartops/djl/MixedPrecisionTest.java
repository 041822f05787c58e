package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.PrecisionPolicy;
import io.smartops.SkippedStep;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsListener;
import io.smartops.SmartOpsStats;
import io.smartops.SmartTrainer;
import io.smartops.control.Decision;
import io.smartops.control.Knob;
import io.smartops.control.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Training in 16 bits beside training in float32. */
class MixedPrecisionTest {
  private static final int STEPS = 20;

  /** What 8 bits of mantissa make of a parameter in 20 steps, relative to its largest value. */
  private static final double CLOSE = 0.08;

  private static final Scenario.Loop EASY =
      (trainer, batch, index) -> {
        EasyTrain.trainBatch(trainer, batch);
        trainer.step();
      };

  private static SmartOpsConfig.Builder in(PrecisionPolicy precision) {
    return SmartOpsConfig.builder()
        .optPrecision(precision)
        .optTelemetry(() -> io.smartops.telemetry.DeviceSnapshot.EMPTY);
  }

  static Stream<Scenario> models() {
    return Stream.concat(Scenarios.models().stream(), Stream.of(Scenarios.batchNormCnn()));
  }

  @ParameterizedTest
  @MethodSource("models")
  void bfloat16TrainsAsFloat32Does(Scenario scenario) {
    assumeTrue(!scenario.name().equals("lstm") || HalfKernels.haveLstm());
    Scenario.Result full = scenario.smart(in(PrecisionPolicy.FP32).build(), STEPS, EASY);
    Scenario.Result half =
        inBfloat16(
            scenario, trainer -> assertThat(trainer.stats().precision()).isEqualTo(Precision.BF16));
    assertThat(Scenario.relativeDifference(full, half)).isBetween(1e-6, CLOSE);
  }

  private static Scenario.Result inBfloat16(Scenario scenario, Consumer<AdaptiveTrainer> atEnd) {
    return scenario.smart(in(PrecisionPolicy.BF16).build(), STEPS, EASY, Checkpoints.NONE, atEnd);
  }

  /** Where oneDNN has no bfloat16 LSTM, nothing but the precision is given up. */
  @Test
  void aKernelThatTheProcessorLacksMeansFloat32() {
    assumeFalse(HalfKernels.haveLstm());
    Scenario scenario = Scenarios.lstm();
    Scenario.Result full = scenario.smart(in(PrecisionPolicy.FP32).build(), STEPS, EASY);
    Scenario.Result half =
        inBfloat16(
            scenario,
            trainer -> {
              assertThat(trainer.stats().outOfMemoryErrors()).isZero();
              assertThat(trainer.stats().decisions())
                  .singleElement()
                  .satisfies(
                      d -> assertThat(d.describe()).contains("bfloat16 → float32", "primitive"));
            });
    assertThat(Scenario.relativeDifference(full, half)).isLessThan(1e-6);
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "FP16"})
  void allThreeWaysThroughAStepAgree(PrecisionPolicy precision) {
    Scenario known = Scenarios.mlp();
    Scenario coupled = known.withLoss("contrastive", b -> new Scenarios.ContrastiveLoss());
    // In float16 a whole batch may overflow where its parts do not, and then is a step behind.
    boolean scaled = precision == PrecisionPolicy.FP16;
    for (Scenario scenario : scaled ? List.of(known) : List.of(known, coupled)) {
      List<Long> skipped = new ArrayList<>();
      Scenario.Result whole =
          scenario.smart(
              in(precision).build(),
              STEPS,
              EASY,
              Checkpoints.NONE,
              trainer -> skipped.add(trainer.stats().skippedSteps()));
      Scenario.Result split =
          scenario.smart(
              in(precision).optMicroBatch(8).build(),
              STEPS,
              EASY,
              Checkpoints.NONE,
              trainer -> {
                SmartOpsStats stats = trainer.stats();
                skipped.add(stats.skippedSteps());
                assertThat(
                        scenario.name().equals(known.name())
                            ? stats.fusedBatches()
                            : stats.twoPassBatches())
                    .isEqualTo(STEPS);
              });
      assertThat(Scenario.relativeDifference(whole, split))
          .as("%s, skipped %s", scenario.name(), skipped)
          .isLessThan(CLOSE);
    }
  }

  /** Converted parameters are used by all micro-batches of a batch, and by no other batch. */
  @Test
  void splittingABatchConvertsParametersAnewAfterEachStep() {
    Scenario scenario = Scenarios.mlp();
    SmartOpsConfig split = in(PrecisionPolicy.BF16).optMicroBatch(8).build();
    Scenario.Result once = scenario.smart(split, STEPS, EASY);
    assertThat(Scenario.relativeDifference(once, scenario.smart(split, STEPS, EASY))).isZero();
    Scenario.Result start = scenario.smart(split, 0, EASY);
    assertThat(Scenario.relativeDifference(start, once)).isGreaterThan(CLOSE);
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "FP16"})
  void whatTheUserSeesIsFloat32(PrecisionPolicy precision) {
    Scenario scenario = Scenarios.cnn().withOptimizer(Scenario.adam());
    scenario.smart(
        in(precision).build(),
        3,
        (trainer, batch, index) -> {
          try (GradientCollector collector = trainer.newGradientCollector()) {
            NDList predictions = trainer.forward(batch.getData(), batch.getLabels());
            assertThat(predictions.head().getDataType()).isEqualTo(DataType.FLOAT32);
            collector.backward(trainer.getLoss().evaluate(batch.getLabels(), predictions));
          }
          for (Parameter parameter : trainer.getModel().getBlock().getParameters().values()) {
            assertThat(parameter.getArray().getDataType()).isEqualTo(DataType.FLOAT32);
            try (NDArray gradient = parameter.getArray().getGradient()) {
              assertThat(gradient.getDataType()).isEqualTo(DataType.FLOAT32);
            }
          }
          trainer.step();
          assertThat(trainer.evaluate(batch.getData()).head().getDataType())
              .isEqualTo(DataType.FLOAT32);
        });
  }

  @Test
  void evaluationIsFloat32Throughout() {
    Scenario scenario = Scenarios.mlp();
    Scenario.Loop evaluate =
        (trainer, batch, index) -> {
          float[] smart = trainer.evaluate(batch.getData()).head().toFloatArray();
          NDList plain =
              trainer
                  .getModel()
                  .getBlock()
                  .forward(
                      new ai.djl.training.ParameterStore(trainer.getManager(), false),
                      batch.getData(),
                      false,
                      null);
          assertThat(smart).containsExactly(plain.head().toFloatArray());
          EASY.step(trainer, batch, index);
        };
    scenario.smart(in(PrecisionPolicy.BF16).build(), 3, evaluate);
  }

  /**
   * The gradients that a user reads are those of the loss, whatever scale they were computed at.
   */
  @Test
  void lossScaleIsTakenOutBeforeAnyoneLooks() {
    Scenario scenario = Scenarios.mlp();
    List<float[]> gradients = new ArrayList<>();
    for (PrecisionPolicy precision : List.of(PrecisionPolicy.FP32, PrecisionPolicy.FP16)) {
      for (int microBatch : List.of(32, 8)) {
        scenario.smart(
            in(precision).optMicroBatch(microBatch).build(),
            2,
            (trainer, batch, index) -> {
              EasyTrain.trainBatch(trainer, batch); // both batches' gradients add up
              gradients.add(gradientOf(trainer));
            });
      }
    }
    for (int i = 2; i < gradients.size(); i++) {
      assertThat(difference(gradients.get(i % 2), gradients.get(i))).isLessThan(CLOSE);
    }
    assertThat(difference(gradients.get(0), gradients.get(1))).isGreaterThan(CLOSE);
  }

  private static float[] gradientOf(Trainer trainer) {
    try (NDArray gradient =
        trainer.getModel().getBlock().getParameters().valueAt(0).getArray().getGradient()) {
      return gradient.toFloatArray();
    }
  }

  private static double difference(float[] a, float[] b) {
    double difference = 0;
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      difference = Math.max(difference, Math.abs(a[i] - b[i]));
      largest = Math.max(largest, Math.abs(a[i]));
    }
    return difference / largest;
  }

  /** A loss so large that its gradient overflows float16 at the first scales. */
  @Test
  void stepsThatOverflowAreSkippedUntilTheScaleFits() {
    Scenario scenario =
        Scenarios.mlp()
            .withLoss("large", b -> new LargeLoss())
            .withOptimizer(() -> Optimizer.sgd().setLearningRateTracker(new Counting()).build());
    Counting.largest = 0;
    List<SkippedStep> skipped = new ArrayList<>();
    List<Long> applied = new ArrayList<>();
    SmartOpsConfig options =
        in(PrecisionPolicy.FP16)
            .optListener(
                new SmartOpsListener() {
                  @Override
                  public void onStepSkipped(SkippedStep step) {
                    skipped.add(step);
                  }

                  @Override
                  public void onStep(io.smartops.StepReport report) {
                    applied.add(report.step());
                  }
                })
            .build();
    Scenario.Result after =
        scenario.smart(
            options,
            STEPS,
            EASY,
            Checkpoints.NONE,
            trainer -> {
              assertThat(trainer.stats().skippedSteps()).isEqualTo(skipped.size());
              assertThat(trainer.stats().steps()).isEqualTo(STEPS - skipped.size());
            });
    assertThat(skipped).isNotEmpty().hasSizeLessThan(STEPS);
    assertThat(skipped.get(0)).isEqualTo(new SkippedStep(1, 65_536, 32_768));
    assertThat(applied.get(0)).isEqualTo(1);
    assertThat(Counting.largest).isEqualTo(STEPS - skipped.size());
    for (float[] parameter : after.parameters()) {
      for (float value : parameter) {
        assertThat(value).isFinite();
      }
    }
  }

  /** Multiplies a mean by what makes its gradient overflow at a scale of 2^16, and fit later. */
  private static final class LargeLoss extends Loss {
    LargeLoss() {
      super("large");
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
      return Scenarios.crossEntropy(labels, predictions).mean().mul(200f);
    }
  }

  /** A learning-rate schedule that remembers how far it was asked. */
  private static final class Counting implements Tracker {
    private static int largest;

    @Override
    public float getNewValue(int step) {
      largest = Math.max(largest, step);
      return 1e-4f;
    }
  }

  @Test
  void withoutInstructionsForItAutoIsFloat32BitForBit() {
    Scenario scenario = Scenarios.dropoutMlp();
    List<Decision> decisions = new ArrayList<>();
    Scenario.Result full = scenario.smart(in(PrecisionPolicy.FP32).build(), 60, EASY);
    Scenario.Result auto = auto(scenario, Set.of("avx2"), 60, decisions::addAll);
    assertThat(Scenario.relativeDifference(full, auto)).isZero();
    assertThat(decisions).hasSize(1);
    assertThat(decisions.get(0).describe()).contains("AUTO → float32").contains("avx512_bf16");
  }

  @Test
  void aModelThatConvolvesImagesIsTriedWithChannelsLast() {
    Scenario scenario = Scenarios.cnn();
    List<Decision> decisions = new ArrayList<>();
    Scenario.Result full = scenario.smart(in(PrecisionPolicy.FP32).build(), 60, EASY);
    Scenario.Result auto = auto(scenario, Set.of("avx2"), 60, decisions::addAll);
    assertThat(decisions.get(0).to()).isEqualTo("trial of float32 channels last");
    assertThat(decisions.get(0).figures().get("cosine")).isBetween(0.9999, 1.0001);
    assertThat(decisions.get(1).from()).isEqualTo("trial of float32 channels last");
    assertThat(decisions.get(1).figures()).containsKeys("gain", "gainLow", "gainHigh");
    assertThat(Scenario.relativeDifference(full, auto)).isBetween(1e-12, 1e-3);
  }

  @Test
  void withThemItDecidesOnEvidenceAndKeepsTraining() {
    List<Decision> decisions = new ArrayList<>();
    Scenario.Result start = auto(Scenarios.mlp(), Set.of("avx512_bf16"), 0, d -> {});
    Scenario.Result auto = auto(Scenarios.mlp(), Set.of("avx512_bf16"), 60, decisions::addAll);
    assertThat(decisions.get(0).to()).isEqualTo("trial of bfloat16");
    assertThat(decisions.get(0).figures().get("cosine")).isBetween(0.99, 1.0001);
    assertThat(decisions.get(1).from()).isEqualTo("trial of bfloat16");
    assertThat(decisions.get(1).figures()).containsKeys("gain", "gainLow", "gainHigh");
    assertThat(Scenario.relativeDifference(start, auto)).isGreaterThan(CLOSE);
  }

  private static Scenario.Result auto(
      Scenario scenario, Set<String> flags, int steps, Consumer<List<Decision>> atEnd) {
    return scenario.run(
        steps,
        EASY,
        (model, config) ->
            AdaptiveTrainer.create(
                model,
                config,
                in(PrecisionPolicy.AUTO).build(),
                Checkpoints.NONE,
                device -> Autocast.onCpu(new CpuFlags(flags))),
        i -> scenario.batchSize(),
        trainer -> atEnd.accept(precisionDecisions((SmartTrainer) trainer)));
  }

  /** Up to the comparison, and over it, a model with dropout and BatchNorm is as in float32. */
  @ParameterizedTest
  @MethodSource("traceable")
  void aComparisonLeavesNoTrace(Scenario scenario) {
    int upToTrial = 5;
    Scenario.Result full = scenario.smart(in(PrecisionPolicy.FP32).build(), upToTrial, EASY);
    List<Decision> decisions = new ArrayList<>();
    Scenario.Result auto = auto(scenario, Set.of("avx512_bf16"), upToTrial, decisions::addAll);
    assertThat(decisions).hasSize(1);
    assertThat(decisions.get(0).from()).isEqualTo("float32");
    assertThat(Scenario.relativeDifference(full, auto)).isZero();
  }

  static Stream<Scenario> traceable() {
    return Stream.of(Scenarios.mlp(), Scenarios.dropoutMlp(), Scenarios.batchNormCnn());
  }

  @Test
  void aBatchThatOverflowsBfloat16IsDoneInFloat32() {
    Scenario scenario = Scenarios.mlp();
    scenario.smart(
        in(PrecisionPolicy.BF16).build(),
        2,
        (trainer, batch, index) -> {
          Batch data = index == 1 ? huge(batch) : batch;
          EASY.step(trainer, data, index);
          Precision used = ((SmartTrainer) trainer).stats().precision();
          assertThat(used).isEqualTo(index == 1 ? Precision.FP32 : Precision.BF16);
        });
  }

  /** Its kernels want memory of their own: what is out of room in bfloat16 may fit in float32. */
  @Test
  void whereNotOneSampleFitsInItFloat32GetsItsTurn() {
    Scenario scenario = Scenarios.mlp();
    Scenario.Result full = scenario.smart(in(PrecisionPolicy.FP32).build(), 2, EASY);
    AtomicReference<AdaptiveTrainer> made = new AtomicReference<>();
    Checkpoints noRoomInHalf =
        (phase, index) -> {
          if (phase == Phase.FORWARD && precisionDecisions(made.get()).isEmpty()) {
            throw new EngineException("DefaultCPUAllocator: can't allocate memory");
          }
        };
    Scenario.Result fallenBack =
        scenario.run(
            2,
            EASY,
            (model, config) -> {
              made.set(
                  AdaptiveTrainer.create(
                      model,
                      config,
                      in(PrecisionPolicy.BF16).build(),
                      noRoomInHalf,
                      device -> Autocast.onCpu(new CpuFlags(Set.of("avx512_bf16")))));
              return made.get();
            },
            i -> scenario.batchSize(),
            trainer -> {
              assertThat(precisionDecisions((SmartTrainer) trainer)).hasSize(1);
              assertThat(((SmartTrainer) trainer).stats().precision()).isEqualTo(Precision.FP32);
              assertThat(((SmartTrainer) trainer).stats().outOfMemoryErrors()).isPositive();
            });
    assertThat(Scenario.relativeDifference(full, fallenBack)).isLessThan(1e-5);
  }

  private static List<Decision> precisionDecisions(SmartTrainer trainer) {
    return trainer.stats().decisions().stream()
        .filter(decision -> decision.knob() == Knob.PRECISION)
        .toList();
  }

  private static Batch huge(Batch batch) {
    batch.getData().set(0, batch.getData().head().mul(Float.POSITIVE_INFINITY));
    return batch;
  }
}
