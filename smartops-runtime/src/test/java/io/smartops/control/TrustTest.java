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
    assertThat(isAccident(trust, 50)).isTrue();
    trust.newBatch();
    assertThat(isAccident(trust, 50)).isFalse();
  }

  @Test
  void whatIsUntriedTightOrUnknownFailedForGoodReason() {
    assertThat(isAccident(trust, 50)).isFalse();
    Trust tight = new Trust();
    tight.passed(64);
    assertThat(isAccident(tight, 95)).isFalse();
    Trust unknown = new Trust();
    unknown.passed(64);
    assertThat(unknown.isAccident(64, BLIND, OptionalLong.of(100), true)).isFalse();
  }

  @Test
  void whereTheHeadroomIsSteadyAllOfItMayBeUsed() {
    trust.passed(64);
    assertThat(trust.isAccident(64, OptionalLong.of(101), OptionalLong.of(100), true)).isFalse();
    trust.passed(64);
    quiet(trust, Trust.ACCIDENT_BATCHES + 1);
    assertThat(trust.isAccident(64, OptionalLong.of(100), OptionalLong.of(100), true)).isTrue();
  }

  @Test
  void accidentsThatGoOnAreBelievedLessAndLess() {
    trust.passed(64);
    int believed = 0;
    for (int i = 0; i < 100; i++) {
      believed += isAccident(trust, 50) ? 0 : 1;
      trust.passed(64);
      quiet(trust, Trust.ACCIDENT_BATCHES + 1);
    }
    assertThat(believed).isGreaterThan(40);
  }

  @Test
  void rareAccidentsAreAccidentsForEver() {
    trust.passed(64);
    for (int i = 0; i < 20; i++) {
      assertThat(isAccident(trust, 50)).isTrue();
      quiet(trust, Trust.RARE_BATCHES);
    }
  }

  private static boolean isAccident(Trust trust, long predicted) {
    return trust.isAccident(64, OptionalLong.of(predicted), OptionalLong.of(100), false);
  }

  private static void quiet(Trust trust, int batches) {
    for (int i = 0; i < batches; i++) {
      trust.newBatch();
    }
  }
}
