package io.smartops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smartops.control.MicroBatchLimits;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every bound of the configuration, and what contradicts what. */
class SmartOpsConfigTest {

  static Stream<Arguments> refused() {
    return Stream.of(
        refused(b -> b.optMicroBatch(0), "optMicroBatch must be at least 1, but is 0"),
        refused(b -> b.optMicroBatch(-3), "optMicroBatch must be at least 1, but is -3"),
        refused(
            b -> b.optMicroBatchRange(0, 8), "optMicroBatchRange min must be at least 1, but is 0"),
        refused(
            b -> b.optMicroBatchRange(9, 8), "optMicroBatchRange max must be at least 9, but is 8"),
        refused(
            b -> b.optMicroBatch(4).optMicroBatchRange(2, 8),
            "optMicroBatch(4) and optMicroBatchRange(2, 8) contradict each other"),
        refused(b -> b.optMemoryLimitBytes(0), "optMemoryLimitBytes must be at least 1, but is 0"),
        refused(
            b -> b.optMemoryLimitBytes(Long.MIN_VALUE),
            "optMemoryLimitBytes must be at least 1, but is -9223372036854775808"),
        refused(
            b -> b.optMemoryFraction(0),
            "optMemoryFraction must be above 0 and at most 1, but is 0.0"),
        refused(
            b -> b.optMemoryFraction(1.01),
            "optMemoryFraction must be above 0 and at most 1, but is 1.01"),
        refused(
            b -> b.optMemoryFraction(Double.NaN),
            "optMemoryFraction must be above 0 and at most 1, but is NaN"));
  }

  private static Arguments refused(Consumer<SmartOpsConfig.Builder> options, String message) {
    return Arguments.of(message, options);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  void refuses(String message, Consumer<SmartOpsConfig.Builder> options) {
    assertThatThrownBy(
            () -> {
              SmartOpsConfig.Builder builder = SmartOpsConfig.builder();
              options.accept(builder);
              builder.build();
            })
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void takesItsBounds() {
    SmartOpsConfig least =
        SmartOpsConfig.builder()
            .optMicroBatch(1)
            .optMemoryLimitBytes(1)
            .optMemoryFraction(Double.MIN_VALUE)
            .build();
    assertThat(least.microBatch()).isEqualTo(new MicroBatchLimits(1, 1));
    assertThat(least.memoryLimitBytes()).isEqualTo(OptionalLong.of(1));
    assertThat(least.memoryFraction()).isEqualTo(OptionalDouble.of(Double.MIN_VALUE));
    SmartOpsConfig most =
        SmartOpsConfig.builder()
            .optMicroBatchRange(1, Integer.MAX_VALUE)
            .optMemoryFraction(1)
            .build();
    assertThat(most.microBatch()).isEqualTo(MicroBatchLimits.ANY);
    assertThat(most.memoryFraction()).isEqualTo(OptionalDouble.of(1));
  }

  @Test
  void needsNoOption() {
    SmartOpsConfig config = SmartOpsConfig.builder().build();
    assertThat(config.microBatch()).isEqualTo(MicroBatchLimits.ANY);
    assertThat(config.memoryLimitBytes()).isEmpty();
    assertThat(config.memoryFraction()).isEmpty();
    assertThat(config.telemetry()).isEmpty();
    assertThat(config.journal()).isEmpty();
    assertThat(config.listeners()).isEmpty();
    assertThat(config.precision()).isEqualTo(PrecisionPolicy.AUTO);
  }
}
