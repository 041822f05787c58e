package io.smartops.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scripted runs: what each precision takes, how noisy it is, what the loss does. */
class PrecisionControllerTest {
  private static final GradientAgreement GOOD = new GradientAgreement(true, 0.9999);

  private final List<Decision> decisions = new ArrayList<>();
  private final Random random = new Random(7);
  private PrecisionController controller = PrecisionController.choosing(List.of(Precision.BF16));
  private GradientAgreement agreement = GOOD;
  private double speedup = 2;
  private double noise = 0.02;
  private DoubleUnaryOperator drift = step -> 1;
  private DoubleUnaryOperator loss = step -> 1;
  private IntUnaryOperator samples = step -> 32;
  private long step;
  private int lowBatches;

  private void run(int batches) {
    for (int i = 0; i < batches; i++) {
      step++;
      boolean compared = controller.wantsComparison();
      Precision precision = controller.next();
      if (compared) {
        decisions.addAll(controller.compared(step, agreement));
      }
      lowBatches += precision == Precision.FP32 ? 0 : 1;
      double base = precision == Precision.FP32 ? 1e6 : 1e6 / speedup;
      int size = samples.applyAsInt((int) step);
      double nanos =
          (base * size * size / 32 / 32) // as a loss that compares samples takes
              * drift.applyAsDouble((double) step)
              * Math.exp(noise * random.nextGaussian());
      decisions.addAll(
          controller.done(
              step,
              new PrecisionObservation(
                  precision,
                  size,
                  (long) nanos,
                  !compared,
                  OptionalDouble.of(loss.applyAsDouble((double) step)))));
    }
  }

  private List<String> changes() {
    return decisions.stream().map(d -> d.from() + " → " + d.to()).toList();
  }

  @Test
  void takesAFasterPrecisionWithinFortyBatches() {
    run(40);
    assertThat(changes())
        .containsExactly("float32 → trial of bfloat16", "trial of bfloat16 → bfloat16");
    assertThat(controller.next()).isEqualTo(Precision.BF16);
    assertThat(decisions.get(0).figures()).containsEntry("cosine", 0.9999);
    assertThat(decisions.get(1).figures().get("gain")).isBetween(1.9, 2.1);
    assertThat(decisions.get(1).describe()).contains("times as fast as float32");
    run(10_000);
    assertThat(decisions).hasSize(2);
  }

  @Test
  void anObviousGainNeedsOneRound() {
    speedup = 4;
    run(PrecisionController.WARM_UP + PrecisionController.SETTLING + 5);
    assertThat(controller.next()).isEqualTo(Precision.BF16);
    assertThat(decisions.get(1).figures()).containsEntry("rounds", 1.0);
  }

  @Test
  void oneSlowBatchInFloat32IsNoObviousGain() {
    speedup = 1;
    drift = step -> step == PrecisionController.WARM_UP + PrecisionController.SETTLING + 2 ? 50 : 1;
    run(60);
    assertThat(controller.next()).isEqualTo(Precision.FP32);
    assertThat(decisions.get(1).figures().get("rounds")).isGreaterThan(1);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.3, 1.0, 1.02})
  void keepsFloat32WhereALowerPrecisionDoesNotPay(double gain) {
    speedup = gain;
    run(40);
    assertThat(changes())
        .containsExactly("float32 → trial of bfloat16", "trial of bfloat16 → float32");
    assertThat(controller.next()).isEqualTo(Precision.FP32);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.02, 0.02, 0.05})
  void aDriftOfTheMachineIsNoGain(double perStep) {
    speedup = 1;
    noise = 0.003;
    drift = at -> Math.exp(perStep * at);
    run(60);
    assertThat(controller.next()).isEqualTo(Precision.FP32);
    assertThat(changes()).doesNotContain("trial of bfloat16 → bfloat16");
  }

  @Test
  void noiseAloneIsSeldomTakenForAGain() {
    int taken = 0;
    for (int run = 0; run < 200; run++) {
      controller = PrecisionController.choosing(List.of(Precision.BF16));
      speedup = 1;
      noise = 0.2;
      run(60);
      taken += controller.next() == Precision.BF16 ? 1 : 0;
    }
    assertThat(taken).isLessThan(20);
  }

  @Test
  void aGainIsFoundThroughNoise() {
    speedup = 1.6;
    noise = 0.15;
    run(40);
    assertThat(controller.next()).isEqualTo(Precision.BF16);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void theShortBatchThatEndsEachPassMisleadsNoTrial(int shift) {
    samples = step -> (step + shift) % 4 == 0 ? 8 : 32;
    speedup = 1;
    run(60);
    assertThat(changes()).endsWith("trial of bfloat16 → float32");

    controller = PrecisionController.choosing(List.of(Precision.BF16));
    speedup = 1.3;
    run(60);
    assertThat(changes()).endsWith("trial of bfloat16 → bfloat16");
  }

  @Test
  void aTrialThatNoiseLeftOpenIsRepeatedSoon() {
    speedup = 1.3;
    int repeated = 0;
    for (int run = 0; run < 50; run++) {
      controller = PrecisionController.choosing(List.of(Precision.BF16));
      decisions.clear();
      noise = 0.3;
      run(45);
      if (decisions.get(decisions.size() - 1).reason().contains("noise leaves it open")) {
        repeated++;
        noise = 0.05;
        run(60);
        assertThat(controller.next()).isEqualTo(Precision.BF16);
      }
    }
    assertThat(repeated).isPositive();
  }

  @Test
  void failedTrialsRestTwiceAsLongEachTime() {
    speedup = 1;
    run(5_000);
    List<Long> trials =
        decisions.stream().filter(d -> d.to().startsWith("trial")).map(Decision::step).toList();
    assertThat(trials).hasSize(4);
    assertThat(trials.get(1) - trials.get(0)).isBetween(500L, 540L);
    assertThat(trials.get(2) - trials.get(1)).isBetween(1_000L, 1_040L);
    assertThat(trials.get(3) - trials.get(2)).isBetween(2_000L, 2_040L);
    assertThat(lowBatches).isLessThan(4 * 20);
  }

  @Test
  void gradientsThatDisagreeAreRefusedBeforeABatchIsSpent() {
    agreement = new GradientAgreement(true, 0.93);
    run(40);
    assertThat(changes()).hasSize(4).containsOnly("trial of bfloat16 → float32");
    assertThat(decisions.get(0).reason()).contains("0.93", "compared again");
    assertThat(decisions.get(3).reason()).contains("0.93").doesNotContain("again");
    assertThat(decisions.get(0).figures()).containsEntry("cosine", 0.93);
    agreement = GradientAgreement.of(Double.NaN, 1, 1);
    run(600);
    assertThat(decisions).hasSize(5);
    assertThat(decisions.get(4).reason()).contains("not finite");
    assertThat(lowBatches).isZero();
  }

  @Test
  void theNextCandidateIsTriedAtOnce() {
    controller = PrecisionController.choosing(List.of(Precision.BF16, Precision.TF32));
    agreement = new GradientAgreement(true, 0.5);
    run(PrecisionController.WARM_UP + 13);
    agreement = GOOD;
    run(35);
    assertThat(changes().subList(3, 6))
        .containsExactly(
            "trial of bfloat16 → float32", "float32 → trial of TF32", "trial of TF32 → TF32");
  }

  /** The cosine of a network whose gradients settle within its first batches. */
  @Test
  void gradientsThatComeToAgreeAreAcceptedWithinFortyBatches() {
    agreement = new GradientAgreement(true, 0.985);
    run(PrecisionController.WARM_UP + 3 * PrecisionController.COMPARISON_DISTANCE);
    agreement = GOOD;
    run(24);
    assertThat(controller.next()).isEqualTo(Precision.BF16);
  }

  /** The same where that takes longer: near gradients are compared ever more rarely. */
  @Test
  void gradientsThatAreNearAreWaitedFor() {
    agreement = new GradientAgreement(true, 0.96);
    run(100);
    assertThat(decisions).allMatch(decision -> decision.reason().contains("compared again in"));
    assertThat(decisions).hasSizeBetween(5, 8);
    agreement = GOOD;
    run(100);
    assertThat(controller.next()).isEqualTo(Precision.BF16);
  }

  @Test
  void returnsWhenItOverflowsAgainAndAgain() {
    run(40);
    assertThat(controller.overflowed(step)).isEmpty();
    run(20);
    assertThat(controller.overflowed(step)).isEmpty();
    run(20);
    List<Decision> back = controller.overflowed(step);
    assertThat(back).hasSize(1);
    assertThat(back.get(0).describe())
        .contains("bfloat16 → float32")
        .contains("overflowed 3 times");
    assertThat(controller.next()).isEqualTo(Precision.FP32);
  }

  @Test
  void rareOverflowsAreForgotten() {
    run(40);
    for (int i = 0; i < 20; i++) {
      assertThat(controller.overflowed(step)).isEmpty();
      run(101);
    }
    assertThat(controller.next()).isEqualTo(Precision.BF16);
  }

  @Test
  void returnsWhenTheLossDiverges() {
    loss = at -> at < 300 ? 2 * Math.exp(-at / 100) : 0.1 * Math.exp((at - 300) / 20);
    run(299);
    assertThat(controller.next()).isEqualTo(Precision.BF16);
    run(80);
    assertThat(changes()).contains("bfloat16 → float32");
    assertThat(decisions.get(2).reason()).contains("diverges");
  }

  @Test
  void aNoisyLossThatFallsDoesNotDiverge() {
    Random noiseOfLoss = new Random(3);
    loss = at -> (0.05 + 2 * Math.exp(-at / 300)) * Math.exp(0.5 * noiseOfLoss.nextGaussian());
    run(5_000);
    assertThat(controller.next()).isEqualTo(Precision.BF16);
  }

  @Test
  void aModelThatCannotRunInItIsNeverTriedAgain() {
    run(5);
    List<Decision> refused = controller.refused(step, "softmax on bfloat16");
    assertThat(refused.get(0).reason()).isEqualTo("softmax on bfloat16");
    decisions.clear();
    run(70_000);
    assertThat(decisions).isEmpty();
    assertThat(controller.isChoosing()).isFalse();
  }

  @Test
  void shortMemoryStartsATrialAtOnceAndAsksForLess() {
    speedup = 0.97;
    for (int i = 0; i < PrecisionController.PRESSED_BATCHES; i++) {
      assertThat(controller.wantsComparison()).isFalse();
      controller.planned(4, 512);
    }
    assertThat(controller.wantsComparison()).isTrue();
    run(40);
    assertThat(changes())
        .containsExactly("float32 → trial of bfloat16", "trial of bfloat16 → bfloat16");
    assertThat(decisions.get(0).reason()).contains("memory");
  }

  @Test
  void smallBatchesAreNotShortMemory() {
    for (int i = 0; i < 10; i++) {
      controller.planned(4, 4);
    }
    assertThat(controller.wantsComparison()).isFalse();
  }

  @Test
  void aComparisonForWhichThereIsNoMemoryIsPutOffLongerEachTime() {
    run(PrecisionController.WARM_UP);
    for (int rest : new int[] {10, 20, 40}) {
      assertThat(controller.wantsComparison()).isTrue();
      List<Decision> said = controller.notCompared(step, "memory leaves no room");
      assertThat(said).hasSize(1);
      assertThat(said.get(0).reason()).contains("no room", "in %d batches".formatted(rest));
      run(rest - 1);
      assertThat(controller.wantsComparison()).isFalse();
      run(1);
    }
    assertThat(controller.wantsComparison()).isTrue();
    assertThat(decisions).isEmpty();
    run(20);
    assertThat(decisions.get(0).to()).isEqualTo("trial of bfloat16");
  }

  @Test
  void aFixedPrecisionStays() {
    controller = PrecisionController.fixed(Precision.FP16);
    run(100);
    for (int i = 0; i < 20; i++) {
      assertThat(controller.overflowed(step)).isEmpty();
    }
    assertThat(controller.next()).isEqualTo(Precision.FP16);
    assertThat(controller.refused(step, "it cannot")).hasSize(1);
    assertThat(controller.next()).isEqualTo(Precision.FP32);
  }

  @Test
  void batchesThatCannotBeComparedEndATrial() {
    run(8);
    for (int i = 0; i < 40; i++) {
      step++;
      decisions.addAll(
          controller.done(
              step,
              new PrecisionObservation(
                  controller.next(), 32, 1_000, false, OptionalDouble.empty())));
    }
    assertThat(changes()).endsWith("trial of bfloat16 → float32");
  }
}
