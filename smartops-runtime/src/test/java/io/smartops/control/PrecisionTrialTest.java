package io.smartops.control;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrecisionTrialTest {
  private static final double LEAST_GAIN = 1.03;

  @Test
  void noiseThatHidesALargeGainLeavesTheTrialOpen() {
    PrecisionTrial trial = trial(0.6, 1.9, 0.7, 1.6, 1.0, 0.6, 1.7);
    assertThat(trial.isOver()).isTrue();
    assertThat(trial.isWon()).isFalse();
    assertThat(trial.isUndecided()).isTrue();
  }

  @Test
  void noiseThatHidesNoMoreThanASmallGainDoesNot() {
    PrecisionTrial trial = trial(0.9, 1.1, 0.95, 1.1, 1.0, 0.9, 1.1);
    assertThat(trial.isOver()).isTrue();
    assertThat(trial.isUndecided()).isFalse();
  }

  /** Rounds in which the second precision is so many times as fast. */
  private static PrecisionTrial trial(double... gains) {
    PrecisionTrial trial = new PrecisionTrial(LEAST_GAIN);
    for (double gain : gains) {
      trial.add(gain);
      trial.add(1);
      trial.add(1);
      trial.add(gain);
    }
    return trial;
  }
}
