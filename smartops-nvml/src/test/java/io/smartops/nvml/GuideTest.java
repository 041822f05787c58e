package io.smartops.nvml;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.nvml.driver.MemoryProbe;
import io.smartops.nvml.fake.FakeClock;
import io.smartops.nvml.fake.FakeNvml;
import io.smartops.nvml.metrics.GpuMetrics;
import io.smartops.nvml.metrics.PrometheusText;
import io.smartops.nvml.reading.MemoryInfo;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.sampler.GpuSampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The code of docs/nvml.md, word for word between the marks. */
class GuideTest {
  private final FakeNvml driver = FakeNvml.of(new FakeClock(), "H100");

  @Test
  void readings() {
    try (Nvml nvml = driver.open()) {
      // guide: readings
      for (GpuDevice gpu : nvml.devices().orElse(List.of())) {
        Reading<MemoryInfo> memory = gpu.memory();
        if (memory instanceof Reading.Value<MemoryInfo> value) {
          System.out.println(gpu.name() + ": " + value.value().freeBytes() + " bytes free");
        } else {
          System.out.println(gpu.name() + ": " + memory.status().advice());
        }
      }
      // end
      assertThat(nvml.devices().orElseThrow()).hasSize(1);
    }
  }

  @Test
  void sampler() {
    try (Nvml nvml = driver.open()) {
      // guide: sampler
      try (GpuSampler sampler = GpuSampler.start(nvml)) {
        String metrics = PrometheusText.of(GpuMetrics.samples(sampler.latest(), "my-host"));
        assertThat(metrics).contains("DCGM_FI_DEV_FB_USED");
      }
      // end
    }
  }

  @Test
  void hotPath() {
    try (Nvml nvml = driver.open()) {
      GpuDevice gpu = nvml.device(0).orElseThrow();
      // guide: hot path
      MemoryProbe probe = gpu.openMemoryProbe().orElseThrow(); // one for each thread
      if (probe.read() == NvmlStatus.SUCCESS) {
        long freeBytes = probe.freeBytes();
        assertThat(freeBytes).isPositive();
      }
      // end
    }
  }

  @Test
  void fake() {
    // guide: fake
    FakeClock clock = new FakeClock();
    FakeNvml fake = FakeNvml.of(clock, "H100");
    fake.gpu(0).load(0.9).process(4711, 20L << 30);
    try (Nvml nvml = fake.open()) {
      GpuDevice gpu = nvml.device(0).orElseThrow();
      clock.advance(Duration.ofMinutes(5));
      assertThat(gpu.temperatureCelsius()).isEqualTo(Reading.of(72));
      fake.gpu(0).lose();
      assertThat(gpu.memory().status()).isEqualTo(NvmlStatus.GPU_IS_LOST);
    }
    // end
  }

  @Test
  void theGuideShowsThisCode() throws IOException {
    String guide = Files.readString(Path.of("../docs/nvml.md"));
    String source = Files.readString(Path.of("src/test/java/io/smartops/nvml/GuideTest.java"));
    for (String name : List.of("readings", "sampler", "hot path", "fake")) {
      int start = source.indexOf("\n", source.indexOf("// guide: " + name)) + 1;
      String snippet = source.substring(start, source.indexOf("// end", start)).stripIndent();
      assertThat(guide).as("snippet " + name).contains(snippet.strip());
    }
  }
}
