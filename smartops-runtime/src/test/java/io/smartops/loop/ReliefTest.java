package io.smartops.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReliefTest {
  private static final long GIB = 1L << 30;
  private static final long COST_NANOS = 40_000_000;

  private final Relief relief = new Relief();

  @Test
  void theFirstIsDueAtOnce() {
    assertThat(relief.isDue(-5)).isTrue();
    assertThat(relief.isDueAtLeisure(-5)).isTrue();
  }

  @Test
  void itRestsInProportionToItsCost() {
    relief.done(0, COST_NANOS, GIB, GIB / 2);
    assertThat(relief.isDue(21 * COST_NANOS - 1)).isFalse();
    assertThat(relief.isDue(21 * COST_NANOS)).isTrue();
    assertThat(relief.isDueAtLeisure(101 * COST_NANOS - 1)).isFalse();
    assertThat(relief.isDueAtLeisure(101 * COST_NANOS)).isTrue();
  }

  @Test
  void whatTheNextMicroBatchFaultsInCounts() {
    relief.done(0, COST_NANOS, GIB, GIB / 2);
    relief.ran(100, 9 * COST_NANOS);
    relief.ran(99, 4 * COST_NANOS);
    relief.ran(99, COST_NANOS); // ordinary from then on
    assertThat(relief.isDue((1 + 20 * (1 + 5)) * COST_NANOS - 1)).isFalse();
    assertThat(relief.isDue((1 + 20 * (1 + 5)) * COST_NANOS)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"100, 2", "50, 1"})
  void aMicroBatchThatIsNoSlowerThanTheNextOrAnotherSizeCostsNothing(int next, int nanos) {
    relief.done(0, COST_NANOS, GIB, GIB / 2);
    relief.ran(100, 2 * COST_NANOS);
    relief.ran(next, nanos * COST_NANOS);
    assertThat(relief.isDue(21 * COST_NANOS)).isTrue();
  }

  @Test
  void aCheapOneRestsToo() {
    relief.done(0, 1_000, GIB, GIB / 2);
    assertThat(relief.isDue(Relief.LEAST_REST_NANOS)).isFalse();
    assertThat(relief.isDue(Relief.LEAST_REST_NANOS + 1_000)).isTrue();
  }

  @Test
  void oneThatBringsNothingDoublesTheRestAndOneThatDoesEndsThat() {
    for (int i = 0; i < 3; i++) {
      relief.done(0, 0, GIB, GIB);
    }
    assertThat(relief.isDue(8 * Relief.LEAST_REST_NANOS - 1)).isFalse();
    assertThat(relief.isDue(8 * Relief.LEAST_REST_NANOS)).isTrue();
    for (int i = 0; i < 30; i++) {
      relief.done(0, 0, GIB, GIB);
    }
    assertThat(relief.isDue(Relief.LONGEST_REST_NANOS)).isTrue();
    relief.done(0, 0, GIB, GIB / 2);
    assertThat(relief.isDue(Relief.LEAST_REST_NANOS)).isTrue();
  }

  @Test
  void whatStepsTakeAgainIsGotBackEverMoreSeldomAtLeisure() {
    for (int i = 0; i < 3; i++) {
      relief.startAtLeisure(GIB);
      relief.done(0, 0, 2 * GIB, GIB);
    }
    assertThat(relief.isDueAtLeisure(4 * Relief.LEAST_LEISURE_NANOS - 1)).isFalse();
    assertThat(relief.isDueAtLeisure(4 * Relief.LEAST_LEISURE_NANOS)).isTrue();
    assertThat(relief.isDue(Relief.LEAST_REST_NANOS)).isTrue();
    relief.startAtLeisure(GIB / 2);
    assertThat(relief.isDueAtLeisure(Relief.LEAST_LEISURE_NANOS)).isTrue();
  }
}
