package io.smartops.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.smartops.SmartOpsConfig;
import io.smartops.telemetry.DeviceSnapshot;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** A gauge of a device of 3,200 MiB, of which this process holds all but a tenth. */
class MemoryGaugeTest {
  private static final long MIB = 1 << 20;
  private static final long CAPACITY_BYTES = 3_200 * MIB;

  @Test
  void theReserveOfTheDefaultShareIsThereToBeUsed() {
    assertThat(pressure(SmartOpsConfig.builder(), 2_879 * MIB)).isZero();
    assertThat(pressure(SmartOpsConfig.builder(), 2_881 * MIB)).isCloseTo(MIB, within(1L));
  }

  @Test
  void theReserveOfAShareThatWasAskedForIsNot() {
    SmartOpsConfig.Builder asked =
        SmartOpsConfig.builder().optMemoryFraction(SmartOpsConfig.DEFAULT_MEMORY_FRACTION);
    assertThat(pressure(asked, 2_880 * MIB)).isCloseTo(MemoryGauge.MOST_RESERVE_BYTES, within(1L));
  }

  private static long pressure(SmartOpsConfig.Builder options, long usedBytes) {
    try (MemoryGauge gauge =
        new MemoryGauge(
            options.build(), () -> snapshot(usedBytes), OptionalLong::empty, Optional.empty())) {
      gauge.read();
      return gauge.pressureBytes();
    }
  }

  private static DeviceSnapshot snapshot(long usedBytes) {
    return new DeviceSnapshot(
        OptionalLong.of(usedBytes),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.of(CAPACITY_BYTES),
        OptionalLong.of(CAPACITY_BYTES - usedBytes),
        OptionalLong.empty(),
        OptionalDouble.empty(),
        OptionalInt.empty());
  }
}
