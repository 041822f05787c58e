package io.smartops.nvml.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The numbers of nvml.h, without the library. */
class CodesTest {

  @Test
  void everyCodeOfTheHeaderHasAName() {
    assertThat(Arrays.stream(NvmlStatus.values()).map(NvmlStatus::code))
        .containsExactlyElementsOf(
            IntStream.concat(IntStream.rangeClosed(0, 30), IntStream.of(999)).boxed().toList());
  }

  @ParameterizedTest
  @CsvSource({
    "0,SUCCESS",
    "1,UNINITIALIZED",
    "3,NOT_SUPPORTED",
    "4,NO_PERMISSION",
    "6,NOT_FOUND",
    "7,INSUFFICIENT_SIZE",
    "9,DRIVER_NOT_LOADED",
    "10,TIMEOUT",
    "12,LIBRARY_NOT_FOUND",
    "13,FUNCTION_NOT_FOUND",
    "15,GPU_IS_LOST",
    "17,OPERATING_SYSTEM",
    "18,LIB_RM_VERSION_MISMATCH",
    "21,NO_DATA",
    "25,ARGUMENT_VERSION_MISMATCH",
    "28,GPU_NOT_FOUND",
    "30,RESET_TYPE_NOT_SUPPORTED",
    "999,UNKNOWN",
    "31,UNKNOWN",
    "-1,UNKNOWN"
  })
  void aCodeIsAStatus(int code, NvmlStatus status) {
    assertThat(NvmlStatus.of(code)).isEqualTo(status);
  }

  @ParameterizedTest
  @EnumSource(NvmlStatus.class)
  void everyStatusHasAdvice(NvmlStatus status) {
    assertThat(status.advice()).isNotBlank();
    assertThat(new NvmlException(status, "subject").getMessage()).contains(status.advice());
  }

  @Test
  void throttleReasonsAreTheBitsOfTheHeader() {
    assertThat(Stream.of(ThrottleReason.values()).map(ThrottleReason::bit))
        .containsExactly(1L, 2L, 4L, 8L, 0x10L, 0x20L, 0x40L, 0x80L, 0x100L);
    assertThat(ThrottleReason.ofMask(-1L)).isEqualTo(EnumSet.allOf(ThrottleReason.class));
    assertThat(ThrottleReason.ofMask(0x1000)).isEmpty();
    assertThat(ThrottleReason.GPU_IDLE.isThrottling()).isFalse();
    assertThat(ThrottleReason.HARDWARE_POWER_BRAKE.isThrottling()).isTrue();
  }

  @Test
  void eventsAreTheBitsOfTheHeader() {
    assertThat(Stream.of(EventType.values()).map(EventType::bit))
        .containsExactly(
            1L, 2L, 4L, 8L, 0x10L, 0x80L, 0x100L, 0x200L, 0x400L, 0x800L, 0x1000L, 0x2000L, 0x4000L,
            0x8000L);
    assertThat(EventType.ofMask(EventType.mask(List.of(EventType.values()))))
        .isEqualTo(EnumSet.allOf(EventType.class));
    assertThat(EventType.ofMask(0x20)).isEmpty();
  }

  @Test
  void anAbsentReadingKeepsItsReason() {
    Reading<Integer> absent = Reading.absent(NvmlStatus.NOT_SUPPORTED, "fan");
    assertThat(absent.map(n -> n + 1)).isEqualTo(absent);
    assertThat(absent.flatMap(n -> Reading.of(n + 1))).isEqualTo(absent);
    assertThat(absent.orElse(7)).isEqualTo(7);
    assertThat(Reading.all(List.of(Reading.of(1), absent)).status())
        .isEqualTo(NvmlStatus.NOT_SUPPORTED);
    assertThat(Reading.all(List.of(Reading.of(1), Reading.of(2))))
        .isEqualTo(Reading.of(List.of(1, 2)));
    assertThatThrownBy(() -> Reading.absent(NvmlStatus.SUCCESS, "fan"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
