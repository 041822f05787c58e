package io.smartops.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class SteadinessTest {
  private final Steadiness steadiness = new Steadiness();

  @Test
  void equalReadingsAreSteadyOnceThereAreEnough() {
    read(Steadiness.READINGS - 1, 1000);
    assertThat(steadiness.isSteady()).isFalse();
    read(1, 1000);
    assertThat(steadiness.isSteady()).isTrue();
    read(1000, 1000);
    assertThat(steadiness.isSteady()).isTrue();
  }

  @Test
  void aStepOrAMissingReadingStartsAnew() {
    read(100, 1000);
    read(1, 980);
    assertThat(steadiness.isSteady()).isFalse();
    read(Steadiness.READINGS - 1, 980);
    assertThat(steadiness.isSteady()).isTrue();
    steadiness.add(OptionalLong.empty());
    assertThat(steadiness.isSteady()).isFalse();
    read(Steadiness.READINGS, 980);
    assertThat(steadiness.isSteady()).isTrue();
  }

  @Test
  void whatWandersByMoreThanAPercentIsNotSteady() {
    for (int i = 0; i < 100; i++) {
      read(1, i % 2 == 0 ? 1000 : 985);
    }
    assertThat(steadiness.isSteady()).isFalse();
  }

  @Test
  void aCopyGoesOnByItself() {
    read(100, 1000);
    Steadiness copy = steadiness.copy();
    read(1, 1);
    assertThat(copy.isSteady()).isTrue();
    assertThat(steadiness.isSteady()).isFalse();
  }

  private void read(int times, long bytes) {
    for (int i = 0; i < times; i++) {
      steadiness.add(OptionalLong.of(bytes));
    }
  }
}
