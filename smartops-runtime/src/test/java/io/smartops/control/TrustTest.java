package io.smartops.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class TrustTest {
  private static final OptionalLong BLIND = OptionalLong.empty();

  private final Trust trust = new Trust();

  @Test
  void aMissingReadingIsTheLatestForAWhile() {
    assertThat(trust.headroom(BLIND)).isEmpty();
    trust.headroom(OptionalLong.of(7));
    for (int i = 0; i < Trust.BLIND_READINGS; i++) {
      assertThat(trust.headroom(BLIND)).hasValue(7);
    }
    assertThat(trust.headroom(BLIND)).isEmpty();
  }

  @Test
  void oneFailureOfWhatPassedEasilyIsAnAccidentTheNextIsNot() {
    trust.passed(64);
    assertThat(trust.isAccident(64, OptionalLong.of(50), OptionalLong.of(100))).isTrue();
    trust.newBatch();
    assertThat(trust.isAccident(64, OptionalLong.of(50), OptionalLong.of(100))).isFalse();
  }

  @Test
  void whatIsUntriedTightOrUnknownFailedForGoodReason() {
    assertThat(trust.isAccident(64, OptionalLong.of(50), OptionalLong.of(100))).isFalse();
    Trust tight = new Trust();
    tight.passed(64);
    assertThat(tight.isAccident(64, OptionalLong.of(95), OptionalLong.of(100))).isFalse();
    Trust unknown = new Trust();
    unknown.passed(64);
    assertThat(unknown.isAccident(64, BLIND, OptionalLong.of(100))).isFalse();
  }
}
