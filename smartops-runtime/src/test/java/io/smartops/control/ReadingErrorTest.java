package io.smartops.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ReadingErrorTest {
  private final ReadingError error = new ReadingError();

  @Test
  void theUsualErrorIsAssumedUntilReadingsAgree() {
    read(ReadingError.LEAST_READINGS - 1, 1.001);
    assertThat(error.bound()).isEqualTo(MemoryLaw.NOISE);
    read(1, 1.001);
    assertThat(error.bound()).isEqualTo(ReadingError.LEAST);
  }

  @Test
  void itIsTwiceTheGreatestLatelySeen() {
    read(20, 1.006);
    assertThat(error.bound()).isCloseTo(0.012, within(1e-9));
    read(100, 1);
    assertThat(error.bound()).isEqualTo(ReadingError.LEAST);
  }

  @Test
  void oneReadingFarOffBringsTheUsualErrorBack() {
    read(20, 1);
    read(1, 1.5);
    read(ReadingError.LEAST_READINGS, 1);
    assertThat(error.bound()).isEqualTo(MemoryLaw.NOISE);
    error.forget();
    read(ReadingError.LEAST_READINGS, 1);
    assertThat(error.bound()).isEqualTo(ReadingError.LEAST);
  }

  private void read(int times, double share) {
    for (int i = 0; i < times; i++) {
      error.add(share * 1e9, 1e9);
    }
  }
}
