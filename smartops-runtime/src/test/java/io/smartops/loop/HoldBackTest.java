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
  void whatWasUnexplainedIsHeldBackAtOnceAndFadesWithWindowsThatNeededNewPages() {
    holdBack.window(GIB + 2 * FIRST, GIB, 7, 7);
    assertThat(holdBack.leave(GIB)).isEqualTo(GIB - 2 * FIRST);
    for (int i = 0; i < 23; i++) {
      holdBack.window(GIB, GIB, 0, 7);
    }
    assertThat(GIB - holdBack.leave(GIB)).isBetween(FIRST * 97 / 100, FIRST);
  }

  @Test
  void whatGrowthExplainsIsNotHeldBack() {
    holdBack.window(GIB + 4 * FIRST, GIB, FIRST, 4 * FIRST);
    assertThat(holdBack.leave(GIB)).isEqualTo(GIB - FIRST);
  }

  @Test
  void windowsInWhatTheAllocatorKeepsFadeWhatWasHeldFirstButNotWhatWasShown() {
    holdBack.window(GIB + FIRST / 2, GIB, FIRST, FIRST / 2);
    for (int i = 0; i < 35; i++) {
      holdBack.window(GIB, GIB, FIRST, FIRST / 2);
    }
    assertThat(holdBack.leave(GIB)).isEqualTo(GIB - FIRST / 2);
  }

  @Test
  void pressureAdds() {
    holdBack.window(GIB + FIRST, GIB, FIRST, FIRST);
    holdBack.add(FIRST);
    holdBack.add(FIRST);
    assertThat(holdBack.leave(GIB)).isEqualTo(GIB - 3 * FIRST);
  }
}
