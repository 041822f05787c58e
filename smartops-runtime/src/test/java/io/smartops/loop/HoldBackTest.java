package io.smartops.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HoldBackTest {
  private static final long GIB = 1L << 30;
  private static final long FIRST = (long) HoldBack.FIRST_BYTES;

  private final HoldBack holdBack = new HoldBack();

  @Test
  void somethingIsHeldBackBeforeAnythingWasMeasuredButNeverMostOfALittle() {
    assertThat(holdBack.leave(GIB, GIB)).isEqualTo(GIB - FIRST);
    assertThat(holdBack.leave(FIRST, FIRST)).isEqualTo(FIRST / 4);
    assertThat(holdBack.leave(0, 0)).isZero();
    assertThat(holdBack.leave(-7, 0)).isEqualTo(-7);
  }

  @Test
  void whatWasUnexplainedIsHeldBackAtOnceAndFadesWithWindowsThatNeededNewPages() {
    holdBack.window(2 * FIRST, 7, 7);
    assertThat(holdBack.leave(GIB, GIB)).isEqualTo(GIB - 2 * FIRST);
    for (int i = 0; i < 23; i++) {
      holdBack.window(0, 0, 7);
    }
    assertThat(GIB - holdBack.leave(GIB, GIB)).isBetween(FIRST * 97 / 100, FIRST);
  }

  @Test
  void whatGrowthExplainsIsNotHeldBack() {
    holdBack.window(4 * FIRST, FIRST, 4 * FIRST);
    assertThat(holdBack.leave(GIB, GIB)).isEqualTo(GIB - FIRST);
  }

  @Test
  void windowsInWhatTheAllocatorKeepsFadeWhatWasShownButNotWhatWasBeyondGrowth() {
    holdBack.window(5 * FIRST, 6 * FIRST, 4 * FIRST); // one beyond, four kept in vain
    for (int i = 0; i < 23; i++) {
      holdBack.window(0, 6 * FIRST, 4 * FIRST);
    }
    assertThat(GIB - holdBack.leave(GIB, GIB)).isBetween(245 * FIRST / 100, 5 * FIRST / 2);
    for (int i = 0; i < 100; i++) {
      holdBack.window(0, 6 * FIRST, 4 * FIRST);
    }
    assertThat(holdBack.leave(GIB, GIB)).isEqualTo(GIB - FIRST);
  }

  @Test
  void whatWasKeptInVainIsHeldBackOnlyWhileItIsKept() {
    holdBack.window(5 * FIRST, 6 * FIRST, 4 * FIRST); // one beyond, four kept in vain
    assertThat(holdBack.leave(GIB, GIB)).isEqualTo(GIB - 5 * FIRST);
    assertThat(holdBack.leave(GIB, FIRST)).isEqualTo(GIB - 2 * FIRST);
    assertThat(holdBack.leave(GIB, 0)).isEqualTo(GIB - FIRST);
  }

  @Test
  void pressureAdds() {
    holdBack.window(FIRST, FIRST, FIRST);
    holdBack.add(FIRST);
    holdBack.add(FIRST);
    assertThat(holdBack.leave(GIB, GIB)).isEqualTo(GIB - 3 * FIRST);
  }
}
