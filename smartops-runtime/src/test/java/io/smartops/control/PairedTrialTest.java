package io.smartops.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PairedTrialTest {

  @Test
  void theFirstPairIsLeftOut() {
    PairedTrial trial = new PairedTrial(0.02);
    trial.add(100, 1);
    assertThat(trial.pairs()).isZero();
    assertThat(trial.gain()).isZero();
  }

  @Test
  void aClearGainIsTakenAfterTheLeastPairs() {
    PairedTrial trial = new PairedTrial(0.02);
    for (int i = 0; i <= PairedTrial.LEAST_PAIRS; i++) {
      assertThat(trial.verdict()).isEqualTo(PairedTrial.Verdict.OPEN);
      trial.add(100, 80);
    }
    assertThat(trial.verdict()).isEqualTo(PairedTrial.Verdict.WON);
    assertThat(trial.gain()).isEqualTo(Math.log(100.0 / 80));
  }

  @Test
  void aGainBelowWhatIsAskedForIsNotTaken() {
    PairedTrial trial = new PairedTrial(0.05);
    for (int i = 0; i < 20; i++) {
      trial.add(100, 97);
    }
    assertThat(trial.verdict()).isEqualTo(PairedTrial.Verdict.LOST);
  }

  @Test
  void aPreferredCandidateMayBeALittleSlower() {
    PairedTrial trial = new PairedTrial(-0.01);
    for (int i = 0; i < 10; i++) {
      trial.add(100, 100);
    }
    assertThat(trial.verdict()).isEqualTo(PairedTrial.Verdict.WON);
  }

  @Test
  void oneDisturbedPairDecidesNothing() {
    PairedTrial trial = new PairedTrial(0.02);
    double[] candidate = {100, 101, 99, 25, 100, 101, 100, 99, 100, 100};
    for (double nanos : candidate) {
      trial.add(100, nanos);
    }
    assertThat(trial.verdict()).isEqualTo(PairedTrial.Verdict.LOST);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.005, 0.02, 0.05})
  void noiseAloneSeldomLooksLikeAGain(double noise) {
    Random random = new Random(42);
    int won = 0;
    for (int run = 0; run < 1000; run++) {
      won += winsWithoutAGain(noise, random) ? 1 : 0;
    }
    assertThat(won).isLessThan(100);
  }

  private static boolean winsWithoutAGain(double noise, Random random) {
    PairedTrial trial = new PairedTrial(0.015);
    for (int i = 0; i < 2 * PairedTrial.MOST_PAIRS; i++) {
      trial.add(Math.exp(noise * random.nextGaussian()), Math.exp(noise * random.nextGaussian()));
      if (trial.verdict() != PairedTrial.Verdict.OPEN) {
        return trial.verdict() == PairedTrial.Verdict.WON;
      }
    }
    throw new AssertionError("the trial never ended");
  }
}
