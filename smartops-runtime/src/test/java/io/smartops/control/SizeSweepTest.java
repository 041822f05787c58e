package io.smartops.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SizeSweepTest {
  private final List<int[]> layouts = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(longs = {0, -5, Long.MIN_VALUE, 1, Long.MAX_VALUE})
  void anyTimesEndInASizeThatWasTried(long nanos) {
    assertThat(best(size -> nanos)).isIn(256, 128, 64, 32, 16, 8);
  }

  @Test
  void oneClockThatStandsStillNowAndThenIsNoReasonToFail() {
    assertThat(best(size -> size % 3 == 0 ? 0 : size)).isIn(256, 128, 64, 32, 16, 8);
  }

  @Test
  void theLargestOfThoseThatAreAlikeWins() {
    assertThat(best(size -> 1000L * size)).isEqualTo(256);
    assertThat(best(size -> 1000L * size + (size > 64 ? 100L * size : 0))).isEqualTo(64);
  }

  @Test
  void hopelessSizesAreLeftOutAfterTheFirstBatchThatCounts() {
    assertThat(best(size -> 1000L * size + 100_000)).isEqualTo(256);
    assertThat(layouts).extracting(layout -> layout.length).containsExactly(6, 6, 2, 2);
  }

  private int best(IntToLongFunction nanos) {
    SizeSweep sweep = new SizeSweep(256, 1);
    while (!sweep.isOver()) {
      layouts.add(sweep.layout());
      for (int size : sweep.layout()) {
        sweep.add(size, nanos.applyAsLong(size));
      }
      sweep.batchDone(1);
    }
    return sweep.best();
  }
}
