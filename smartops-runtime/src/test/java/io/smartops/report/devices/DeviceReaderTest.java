package io.smartops.report.devices;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.nvml.fake.FakeNvml;
import io.smartops.report.history.DeviceMetric;
import io.smartops.report.history.DeviceSample;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceReaderTest {

  @Test
  void aGpuShowsWhatItsDriverTells() {
    try (GpuReader gpus = GpuReader.over(FakeNvml.of("H100").open())) {
      List<DeviceSample> samples = gpus.read();

      assertThat(samples).hasSize(1);
      DeviceSample gpu = samples.get(0);
      assertThat(gpu.device()).startsWith("GPU 0 NVIDIA H100");
      assertThat(gpu.value(DeviceMetric.TEMPERATURE).orElseThrow()).isBetween(20.0, 100.0);
      assertThat(gpu.value(DeviceMetric.UTILISATION).orElseThrow()).isBetween(0.0, 100.0);
      assertThat(gpu.value(DeviceMetric.POWER).orElseThrow()).isBetween(10.0, 1000.0);
      assertThat(gpu.value(DeviceMetric.MEMORY).orElseThrow()).isBetween(0.0, 90_000.0);
      assertThat(gpus.peakFlops(0)).containsEntry("bfloat16", 989.5e12);
      assertThat(gpus.peakFlops(7)).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Tesla T4, 65",
    "Tesla V100-SXM2-16GB, 125",
    "NVIDIA A10, 125",
    "NVIDIA A100-SXM4-80GB, 312",
    "NVIDIA A100 80GB PCIe, 312",
    "NVIDIA L4, 121",
    "NVIDIA L40S, 362",
    "NVIDIA GeForce RTX 3090, 71",
    "NVIDIA GeForce RTX 4090, 165",
    "NVIDIA H100 80GB HBM3, 989.5",
    "NVIDIA H100 PCIe, 756",
    "NVIDIA H200, 989.5",
    "NVIDIA B200, 2250"
  })
  void thePeakOfACardIsFoundByItsName(String name, double teraflops) {
    assertThat(GpuPeak.of(name).orElseThrow()).containsEntry("float16", teraflops * 1e12);
  }

  @ParameterizedTest
  @CsvSource({"NVIDIA A40", "NVIDIA GeForce GTX 1080", "NVIDIA L40", "NVIDIA T400", "Quadro"})
  void anUnknownCardHasNoPeak(String name) {
    assertThat(GpuPeak.of(name)).isEmpty();
  }

  @Test
  void cardsWithoutAPrecisionDoNotClaimIt() {
    assertThat(GpuPeak.of("Tesla T4").orElseThrow()).doesNotContainKey("bfloat16");
  }
}
