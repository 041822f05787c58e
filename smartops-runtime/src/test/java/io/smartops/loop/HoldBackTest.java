package io.smartops.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HoldBackTest {
  private static final long GIB = 1L << 30;
  private static final long FIRST = (long) HoldBack.FIRST_BYTES;

  private final HoldBack holdBack = new HoldBack();

  @Test
  void somethingIsHeldBackBeforeAnythingWasMeasuredButNeverMostOfALittle() {
    assertThat(holdBack.leave(GIB)).isEqualTo(GIB - FIRST);
    assertThat(holdBack.leave(FIRST)).isEqualTo(FIRST / 4);
    assertThat(holdBack.leave(0)).isZero();
    assertThat(holdBack.leave(-7)).isEqualTo(-7);
  }

  @Test
  void whatWasUnexplainedIsHeldBackAtOnceAndFades() {
    holdBack.unexplained(2 * FIRST);
    assertThat(holdBack.leave(GIB)).isEqualTo(GIB - 2 * FIRST);
    for (int i = 0; i < 35; i++) {
      holdBack.unexplained(-1);
    }
    assertThat(GIB - holdBack.leave(GIB)).isBetween(FIRST * 97 / 100, FIRST);
  }

  @Test
  void pressureAdds() {
    holdBack.add(FIRST);
    holdBack.add(FIRST);
    assertThat(holdBack.leave(GIB)).isEqualTo(GIB - 3 * FIRST);
  }
}
