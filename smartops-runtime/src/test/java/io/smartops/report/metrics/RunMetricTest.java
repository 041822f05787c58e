package io.smartops.report.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.smartops.nvml.fake.FakeNvml;
import io.smartops.report.devices.GpuReader;
import io.smartops.report.history.RunHistory;
import io.smartops.report.history.SampleRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RunMetricTest {
  private static final Path DOCS = Path.of("..", "docs", "observability.md");
  private static final Path GRAFANA = Path.of("..", "docs", "grafana-smartops.json");

  private final RunHistory history = SampleRun.eventful();

  @Test
  void thePageParsesAndHoldsTheRun() {
    Map<String, Double> series =
        ExpositionParser.parse(PrometheusPage.of(history, "a \"quoted\" run\\", ""));

    String run = "{run=\"a \\\"quoted\\\" run\\\\\"}";
    assertThat(series).containsEntry("smartops_steps_total" + run, 400.0);
    assertThat(series).containsEntry("smartops_out_of_memory_total" + run, 1.0);
    assertThat(series).containsEntry("smartops_micro_batch_samples" + run, 171.0);
    assertThat(series).containsEntry("smartops_prefetch_depth" + run, 6.0);
    assertThat(series.get("smartops_samples_per_second" + run))
        .isCloseTo(512 / 0.2401, within(1e-3));
    assertThat(series.keySet()).anyMatch(k -> k.startsWith("smartops_device_utilization_ratio{"));
  }

  @Test
  void beforeTheFirstStepThereAreOnlyCounters() {
    Map<String, Double> series =
        ExpositionParser.parse(PrometheusPage.of(new SampleRun().history(), "run", ""));

    assertThat(series.keySet()).isNotEmpty().allMatch(name -> name.contains("_total{"));
  }

  @Test
  void gpusComeUnderTheNamesOfTheirExporter() {
    try (GpuReader gpus = GpuReader.over(FakeNvml.of("H100", "H100").open())) {
      Map<String, Double> series =
          ExpositionParser.parse(PrometheusPage.of(history, "run", gpus.prometheusText()));

      // What Grafana dashboard 12239 asks for.
      for (String name :
          Set.of(
              "DCGM_FI_DEV_GPU_TEMP",
              "DCGM_FI_DEV_POWER_USAGE",
              "DCGM_FI_DEV_SM_CLOCK",
              "DCGM_FI_DEV_GPU_UTIL",
              "DCGM_FI_DEV_FB_USED")) {
        assertThat(series.keySet())
            .as(name)
            .filteredOn(key -> key.startsWith(name + "{") && key.contains("gpu=\"1\""))
            .hasSize(1);
      }
    }
  }

  @Test
  void micrometerExportsTheSameNames() {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    MicrometerMetrics metrics = new MicrometerMetrics(registry, history, "run");

    assertThat(names(registry.scrape()))
        .isEqualTo(
            Stream.of(RunMetric.values())
                .map(RunMetric::prometheusName)
                .collect(Collectors.toCollection(TreeSet::new)));
    assertThat(registry.scrape()).contains("smartops_steps_total{run=\"run\"} 400.0");
    metrics.close();
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void whatIsNotKnownIsNotANumberToMicrometer() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    MicrometerMetrics metrics = new MicrometerMetrics(registry, new SampleRun().history(), "run");

    assertThat(registry.get("smartops.loss").gauge().value()).isNaN();
    assertThat(registry.get("smartops.steps").functionCounter().count()).isZero();
    metrics.close();
  }

  @Test
  void everyMetricIsInTheTableOfTheDocuments() throws IOException {
    String docs = Files.readString(DOCS);

    for (RunMetric metric : RunMetric.values()) {
      assertThat(docs).contains("`" + metric.prometheusName() + "`");
    }
  }

  @Test
  void grafanaAsksForMetricsThatExist() throws IOException {
    Set<String> known = new TreeSet<>(names(PrometheusPage.of(history, "run", "")));
    Stream.of(RunMetric.values()).map(RunMetric::prometheusName).forEach(known::add);
    known.add("smartops_device_temperature_celsius");

    Set<String> asked = names(Files.readString(GRAFANA));

    assertThat(asked).hasSizeGreaterThan(10);
    assertThat(known).containsAll(asked);
  }

  private static Set<String> names(String text) {
    return Pattern.compile("\\bsmartops_[a-z_]+")
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
