package io.smartops.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AmplifierTest {
  private static final int SAMPLES = 32;

  private final List<Decision> decisions = new ArrayList<>();
  private long step;

  @Test
  void growsToTheNoiseScaleAndNoFurther() {
    Amplifier amplifier = new Amplifier(4_096, LearningRateRule.ADASCALE);
    train(amplifier, 300, 3_000);
    assertThat(amplifier.batches(SAMPLES)).isEqualTo(8);
    assertThat(decisions).extracting(Decision::to).containsExactly("64", "128", "256");
    assertThat(decisions.get(0).reason())
        .contains("noise equals its signal at about 300 samples", "twice the batch");
  }

  @Test
  void neverExceedsTheMost() {
    Amplifier amplifier = new Amplifier(100, LearningRateRule.LINEAR);
    train(amplifier, 1e6, 3_000);
    assertThat(amplifier.batches(SAMPLES)).isEqualTo(2);
    assertThat(amplifier.batches(64)).isEqualTo(1);
    assertThat(amplifier.batches(1_000)).isEqualTo(1);
  }

  @Test
  void shrinksWhenTheNoiseIsGone() {
    Amplifier amplifier = new Amplifier(4_096, LearningRateRule.ADASCALE);
    train(amplifier, 300, 2_000);
    train(amplifier, 10, 3_000);
    assertThat(decisions).extracting(Decision::to).last().isEqualTo("32");
  }

  @Test
  void restsBetweenChanges() {
    Amplifier amplifier = new Amplifier(1 << 20, LearningRateRule.LINEAR);
    train(amplifier, 1e9, 2_000);
    assertThat(decisions).hasSizeGreaterThan(5);
    for (int i = 1; i < decisions.size(); i++) {
      assertThat(decisions.get(i).step() - decisions.get(i - 1).step())
          .isGreaterThanOrEqualTo(Amplifier.REST_UPDATES);
    }
  }

  @Test
  void takesTwoBatchesNowAndThenToLearnTheNoise() {
    Amplifier amplifier = new Amplifier(1_000, LearningRateRule.LINEAR);
    List<Integer> batches = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      batches.add(amplifier.batches(SAMPLES));
      amplifier.updated();
    }
    assertThat(batches).containsExactly(1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 2);
  }

  @Test
  void refusesABoundThatIsNone() {
    assertThatThrownBy(() -> new Amplifier(0, LearningRateRule.LINEAR))
        .hasMessageContaining("maxLogicalBatch must be at least 1, but is 0");
  }

  @ParameterizedTest
  @CsvSource({
    "LINEAR, 4, 1, 1, 4",
    "SQUARE_ROOT, 4, 1, 1, 2",
    "ADASCALE, 4, 1, 1, 1.6",
    "ADASCALE, 4, 1, 0, 4",
    "ADASCALE, 4, 0, 1, 1",
    "ADASCALE, 4, 0, 0, 1",
    "ADASCALE, 1, 5, 2, 1"
  })
  void scalesTheLearningRateByTheRule(
      LearningRateRule rule, int batches, double variance, double gradient, double gain) {
    assertThat(rule.gain(batches, variance, gradient)).isCloseTo(gain, within(1e-12));
  }

  @Test
  void leavesTheLearningRateOfASingleBatchAlone() {
    assertThat(new Amplifier(100, LearningRateRule.LINEAR).gain(1, SAMPLES)).isEqualTo(1);
  }

  /** Updates whose gradients have exactly their expected squared lengths. */
  private void train(Amplifier amplifier, double noiseScale, int updates) {
    for (int i = 0; i < updates; i++) {
      int batches = amplifier.batches(SAMPLES);
      step++;
      if (batches == 1) {
        amplifier.updated();
      } else {
        decisions.addAll(
            amplifier.updated(
                step,
                SAMPLES,
                batches,
                1 + noiseScale / SAMPLES,
                1 + noiseScale / (SAMPLES * batches)));
      }
    }
  }
}
