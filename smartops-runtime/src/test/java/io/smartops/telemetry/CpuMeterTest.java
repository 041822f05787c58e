package io.smartops.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CpuMeterTest {
  private static final long WINDOW = CpuMeter.MIN_WINDOW_NANOS;

  @Test
  void isAbsentUntilTheFirstWindowIsComplete() {
    CpuMeter meter = new CpuMeter(0, 0);
    assertThat(meter.utilisation(WINDOW - 1, WINDOW, 1)).isEmpty();
    assertThat(meter.utilisation(WINDOW, WINDOW / 2, 1)).hasValue(0.5);
  }

  @Test
  void repeatsTheFigureWithinAWindow() {
    CpuMeter meter = new CpuMeter(0, 0);
    meter.utilisation(WINDOW, WINDOW, 4);
    assertThat(meter.utilisation(WINDOW + 1, 3 * WINDOW, 4)).hasValue(0.25);
    assertThat(meter.utilisation(2 * WINDOW, 3 * WINDOW, 4)).hasValue(0.5);
  }

  @Test
  void countsAFractionOfAProcessor() {
    assertThat(new CpuMeter(0, 0).utilisation(WINDOW, WINDOW / 4, 0.5)).hasValue(0.5);
  }

  @Test
  void staysWithinZeroAndOne() {
    CpuMeter meter = new CpuMeter(0, WINDOW);
    assertThat(meter.utilisation(WINDOW, 0, 1)).hasValue(0);
    assertThat(meter.utilisation(2 * WINDOW, 9 * WINDOW, 1)).hasValue(1);
  }
}
