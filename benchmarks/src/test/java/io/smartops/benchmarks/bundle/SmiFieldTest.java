package io.smartops.benchmarks.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.nvml.Nvml;
import io.smartops.nvml.NvmlOptions;
import io.smartops.nvml.fake.FakeNvml;
import io.smartops.nvml.reading.Reading;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compares printed values within their tolerances. */
class SmiFieldTest {

  private static SmiField field(double tolerance) {
    return new SmiField("field", device -> Reading.of(""), tolerance);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 5, 5, true",
    "0, 5, 4, false",
    "0, Hopper, HOPPER, true",
    "0, P0, P2, false",
    "0, 92 C, 92, true",
    "0, 92 C, 93, false",
    "Infinity, P0, P8, true",
    "5, 40, 44, true",
    "5, 40, 46, false",
    "1.01, 81559 MiB, 81559.00, true",
    "1.01, 700.00, 650.00, false",
    "5, Enabled, Disabled, false"
  })
  void agreement(double tolerance, String theirs, String ours, boolean agree) {
    assertThat(field(tolerance).agree(theirs, ours)).isEqualTo(agree);
  }

  @Test
  void everyFieldOfAHealthyCardHasAValueInNvidiaSmisUnit() {
    try (Nvml nvml = Nvml.tryOpen(FakeNvml.of("H100"), NvmlOptions.defaults()).orElseThrow()) {
      var device = nvml.device(0).orElseThrow();
      assertThat(value("memory.total", device)).isEqualTo("81559.00");
      assertThat(value("pstate", device)).startsWith("P");
      assertThat(value("power.default_limit", device)).isEqualTo("700.00");
      assertThat(value("pci.bus_id", device)).matches("[0-9A-F]{8}:[0-9A-F]{2}:[0-9A-F]{2}\\.0");
    }
  }

  private static String value(String name, io.smartops.nvml.GpuDevice device) {
    return SmiField.TABLE.stream()
        .filter(field -> field.name().equals(name))
        .findFirst()
        .orElseThrow()
        .ours()
        .apply(device)
        .orElseThrow();
  }
}
