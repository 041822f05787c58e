package io.smartops.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {

  @ParameterizedTest
  @CsvSource({
    "800000000, 800000000",
    "0, 0",
    "1b, 1",
    "2k, 2048",
    "512m, 536870912",
    "512MB, 536870912",
    "512 MiB, 536870912",
    "1.5g, 1610612736"
  })
  void readsWhatPeopleWrite(String text, long bytes) {
    assertThat(ByteSize.parse(text).bytes()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "m", "-1m", "1t", "12 monkeys", "1.m", "1,5g"})
  void refusesTheRestWithAnExample(String text) {
    assertThatThrownBy(() -> ByteSize.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("'%s' is not a size: write for example 512m or 1.5g", text);
  }
}
