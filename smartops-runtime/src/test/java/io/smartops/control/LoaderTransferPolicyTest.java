package io.smartops.control;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The choice of a transfer type from measured times. */
class LoaderTransferPolicyTest {

  private static LoaderTransferPolicy measured(long fullNanos, long narrowNanos) {
    LoaderTransferPolicy policy = new LoaderTransferPolicy();
    while (!policy.isDecided()) {
      boolean narrow = policy.narrowNext();
      policy.measured(narrow, 1_000, narrow ? narrowNanos : fullNanos);
    }
    return policy;
  }

  @Test
  void theFasterWayIsTaken() {
    assertThat(measured(1_000, 400).prefersNarrow()).isTrue();
    assertThat(measured(1_000, 400).narrowNext()).isTrue();
    assertThat(measured(400, 1_000).narrowNext()).isFalse();
  }

  @Test
  void aGainWithinTheNoiseIsNotTaken() {
    assertThat(measured(1_000, 980).prefersNarrow()).isFalse();
  }

  @Test
  void anArrayThatDoesNotFitEndsTheMatter() {
    LoaderTransferPolicy policy = measured(1_000, 400);
    policy.refuseNarrow();
    assertThat(policy.narrowNext()).isFalse();
  }
}
