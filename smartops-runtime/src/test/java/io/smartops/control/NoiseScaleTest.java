package io.smartops.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Gradients made of a known signal and known noise. */
class NoiseScaleTest {
  private static final int PARAMETERS = 400;

  private final Random random = new Random(11);

  /**
   * The estimate is unbiased: numerator and denominator of many short runs agree with the truth.
   */
  @ParameterizedTest
  @CsvSource({"8, 2, 100", "8, 4, 20", "32, 2, 10", "4, 8, 1000"})
  void findsTheNoiseThatIsThere(int small, int batches, double noiseScale) {
    double gradient = 0;
    double variance = 0;
    int runs = 40;
    for (int i = 0; i < runs; i++) {
      NoiseScale noise = run(small, batches, noiseScale, 60);
      gradient += noise.gradientSquared() / runs;
      variance += noise.variance() / runs;
    }
    assertThat(variance).isCloseTo(noiseScale, within(0.03 * noiseScale));
    assertThat(gradient).isCloseTo(1, within(0.15 + 0.002 * noiseScale / small));
  }

  @Test
  void oneRunIsNotFarOff() {
    assertThat(run(8, 4, 40, 200).samples()).isBetween(25.0, 65.0);
  }

  @Test
  void followsNoiseThatGrows() {
    NoiseScale noise = run(8, 4, 10, 100);
    double before = noise.samples();
    feed(noise, 8, 4, 200, 200);
    assertThat(before).isLessThan(20);
    assertThat(noise.samples()).isGreaterThan(100);
  }

  @Test
  void isInfiniteWhereThereIsNothingButNoise() {
    NoiseScale noise = new NoiseScale();
    for (int i = 0; i < NoiseScale.LEAST_PAIRS; i++) {
      noise.add(8, 2, 16, 0.9);
    }
    assertThat(noise.samples()).isInfinite();
  }

  @Test
  void isZeroWithoutNoise() {
    NoiseScale noise = new NoiseScale();
    noise.add(8, 3, 16, 3);
    assertThat(noise.samples()).isZero();
  }

  @Test
  void needsSeveralPairsAndLeavesOutWhatSaysNothing() {
    NoiseScale noise = new NoiseScale();
    for (int i = 1; i < NoiseScale.LEAST_PAIRS; i++) {
      noise.add(8, 2, 16, 1.5);
    }
    noise.add(8, Double.NaN, 16, 1);
    noise.add(8, 1, 16, Double.POSITIVE_INFINITY);
    noise.add(16, 2, 16, 2);
    assertThat(noise.isKnown()).isFalse();
    noise.add(8, 2, 16, 1.5);
    assertThat(noise.isKnown()).isTrue();
    assertThat(noise.gradientSquared()).isCloseTo(1, within(1e-9));
    assertThat(noise.variance()).isCloseTo(8, within(1e-9));
  }

  private NoiseScale run(int small, int batches, double noiseScale, int pairs) {
    NoiseScale noise = new NoiseScale();
    feed(noise, small, batches, noiseScale, pairs);
    return noise;
  }

  /** The true gradient has length 1; a sample's noise has variance {@code noiseScale} in all. */
  private void feed(NoiseScale noise, int small, int batches, double noiseScale, int pairs) {
    double deviation = Math.sqrt(noiseScale / PARAMETERS / small);
    double signal = 1 / Math.sqrt(PARAMETERS);
    for (int pair = 0; pair < pairs; pair++) {
      double first = 0;
      double all = 0;
      for (int p = 0; p < PARAMETERS; p++) {
        double sum = 0;
        for (int i = 0; i < batches; i++) {
          double g = signal + deviation * random.nextGaussian();
          first += i == 0 ? g * g : 0;
          sum += g;
        }
        all += sum * sum / batches / batches;
      }
      noise.add(small, first, small * batches, all);
    }
  }
}
