package io.smartops.precision;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The scale after each of a row of steps; {@code +} is a finite step, {@code x} an overflow. */
class LossScalerTest {
  @Test
  void startsAtTwoToTheSixteenth() {
    assertThat(new LossScaler().scale()).isEqualTo(65_536f);
  }

  @ParameterizedTest(name = "{0} gives {1}")
  @CsvSource({
    "+++, 8 8 16",
    "++x+++, 8 8 4 4 4 8",
    "xx+++x, 4 2 2 2 4 2",
    "+x+x++, 8 4 4 2 2 2",
    "++++++, 8 8 16 16 16 32",
    "xxxx, 4 2 1 0.5"
  })
  void growsAfterARowOfThreeAndHalvesAtOnce(String steps, String scales) {
    assertThat(trace(new LossScaler(8, 3), steps))
        .isEqualTo(List.of(scales.split(" ")).stream().map(Float::parseFloat).toList());
  }

  @Test
  void growsAfterTwoThousandFiniteStepsInARow() {
    LossScaler scaler = new LossScaler();
    trace(scaler, "+".repeat(1_999));
    assertThat(scaler.scale()).isEqualTo(65_536f);
    trace(scaler, "+");
    assertThat(scaler.scale()).isEqualTo(131_072f);
    trace(scaler, "+".repeat(1_999) + "x" + "+".repeat(1_999));
    assertThat(scaler.scale()).isEqualTo(65_536f);
    trace(scaler, "+");
    assertThat(scaler.scale()).isEqualTo(131_072f);
  }

  @Test
  void doesNotGrowBeyondWhatAFloatHolds() {
    float largest = 0x1p127f;
    assertThat(trace(new LossScaler(largest, 1), "++x"))
        .containsExactly(largest, largest, 0x1p126f);
  }

  private static List<Float> trace(LossScaler scaler, String steps) {
    List<Float> scales = new ArrayList<>();
    for (int i = 0; i < steps.length(); i++) {
      if (steps.charAt(i) == 'x') {
        scaler.overflowed();
      } else {
        scaler.finite();
      }
      scales.add(scaler.scale());
    }
    return scales;
  }
}
