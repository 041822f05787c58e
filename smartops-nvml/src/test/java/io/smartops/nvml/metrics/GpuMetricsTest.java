package io.smartops.nvml.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.smartops.nvml.Nvml;
import io.smartops.nvml.fake.FakeClock;
import io.smartops.nvml.fake.FakeNvml;
import io.smartops.nvml.sampler.Cadence;
import io.smartops.nvml.sampler.GpuSampler;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GpuMetricsTest {
  private final FakeClock clock = new FakeClock();

  private List<MetricSample> samples(FakeNvml fake) {
    try (Nvml nvml = fake.open();
        GpuSampler sampler = GpuSampler.manual(nvml, Cadence.DEFAULT, 1)) {
      sampler.sampleNow();
      clock.advance(Duration.ofSeconds(10));
      return GpuMetrics.samples(sampler.sampleNow(), "host");
    }
  }

  private static double value(List<MetricSample> samples, String name) {
    return samples.stream()
        .filter(sample -> sample.metric().name().equals("DCGM_FI_" + name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no sample of " + name))
        .value();
  }

  @Test
  void unitsAreThoseOfDcgmExporter() {
    FakeNvml fake = FakeNvml.of(clock, "H100");
    fake.gpu(0).load(0.5).process(1, 3L << 30).raiseXid(31);
    List<MetricSample> samples = samples(fake);
    assertThat(value(samples, "DEV_FB_USED")).isEqualTo(3072);
    assertThat(value(samples, "DEV_FB_RESERVED")).isEqualTo(512);
    assertThat(value(samples, "DEV_FB_FREE")).isEqualTo(81559 - 3072 - 512);
    assertThat(value(samples, "DEV_POWER_USAGE")).isEqualTo(405);
    assertThat(value(samples, "DEV_TOTAL_ENERGY_CONSUMPTION")).isEqualTo(4_050_000);
    assertThat(value(samples, "DEV_ENFORCED_POWER_LIMIT")).isEqualTo(700);
    assertThat(value(samples, "DEV_GPU_UTIL")).isEqualTo(50);
    assertThat(value(samples, "DEV_SM_CLOCK")).isEqualTo(1980);
    assertThat(value(samples, "PROF_GR_ENGINE_ACTIVE")).isCloseTo(0.5, within(1e-9));
    assertThat(value(samples, "PROF_PCIE_TX_BYTES")).isEqualTo(5e8);
  }

  @Test
  void everyMetricOfTheTableCanBeHad() {
    FakeNvml fake = FakeNvml.of(clock, "H100", "RTX4090");
    fake.gpu(0).load(0.5);
    List<MetricSample> before = samples(fake);
    List<String> names = before.stream().map(sample -> sample.metric().name()).distinct().toList();
    List<String> all = GpuMetrics.metrics().stream().map(MetricSample.Metric::name).toList();
    assertThat(all).containsAll(names).doesNotHaveDuplicates();
    // A card that has had no Xid error has no last one.
    assertThat(all.stream().filter(name -> !names.contains(name)))
        .containsExactly("DCGM_FI_DEV_XID_ERRORS");
  }

  @Test
  void whatACardLacksHasNoSample() {
    List<String> names =
        samples(FakeNvml.of(clock, "VGPU")).stream().map(sample -> sample.metric().name()).toList();
    assertThat(names)
        .contains("DCGM_FI_DEV_FB_USED")
        .doesNotContain("DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_PROF_SM_ACTIVE");
  }

  @Test
  void labelsNameTheDevice() {
    List<MetricSample> samples = samples(FakeNvml.of(clock, "H100-MIG-3G"));
    assertThat(samples.get(0).labels().keySet())
        .containsExactly("gpu", "UUID", "pci_bus_id", "device", "modelName", "Hostname");
    assertThat(samples.stream().map(MetricSample::labels))
        .anySatisfy(
            labels ->
                assertThat(labels)
                    .containsEntry("GPU_I_PROFILE", "3g.40gb")
                    .containsEntry("GPU_I_ID", "1")
                    .containsEntry("pci_bus_id", "00000000:17:00.0"));
  }

  @Test
  void theTextFormatIsPrometheus() {
    MetricSample.Metric gauge = new MetricSample.Metric("a", false, "An a");
    MetricSample.Metric counter = new MetricSample.Metric("b", true, "A b");
    assertThat(
            PrometheusText.of(
                List.of(
                    new MetricSample(gauge, Map.of("x", "q\"\\\n"), 1.5),
                    new MetricSample(gauge, Map.of("x", "2"), 7),
                    new MetricSample(counter, Map.of("x", "3"), 9007199254740991.0))))
        .isEqualTo(
            """
            # HELP a An a
            # TYPE a gauge
            a{x="q\\"\\\\\\n"} 1.5
            a{x="2"} 7
            # HELP b A b
            # TYPE b counter
            b{x="3"} 9007199254740991
            """);
  }
}
