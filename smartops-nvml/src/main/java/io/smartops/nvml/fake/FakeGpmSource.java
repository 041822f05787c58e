package io.smartops.nvml.fake;

import io.smartops.nvml.driver.GpmSource;
import io.smartops.nvml.reading.GpmMetric;
import io.smartops.nvml.reading.GpmValue;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/** Metrics of the mean load between two samples. */
final class FakeGpmSource implements GpmSource {
  private final FakeNvml nvml;
  private final FakeGpu gpu;
  private Sample previous = new Sample(0, 0);
  private Sample latest = new Sample(0, 0);

  private record Sample(double busySeconds, long nanos) {}

  FakeGpmSource(FakeNvml nvml, FakeGpu gpu) {
    this.nvml = nvml;
    this.gpu = gpu;
  }

  @Override
  public NvmlStatus advance() {
    return nvml.on(
            gpu,
            "nvmlGpmSampleGet",
            () -> {
              previous = latest;
              latest = new Sample(gpu.physics.busySeconds(), nvml.nanoTime());
              return Reading.of(latest);
            })
        .status();
  }

  @Override
  public Reading<Map<GpmMetric, Reading<GpmValue>>> metrics(Set<GpmMetric> metrics) {
    return nvml.on(gpu, "nvmlGpmMetricsGet", () -> Reading.of(values(metrics)));
  }

  private Map<GpmMetric, Reading<GpmValue>> values(Set<GpmMetric> metrics) {
    double seconds = (latest.nanos() - previous.nanos()) / 1e9;
    double load = (latest.busySeconds() - previous.busySeconds()) / seconds;
    Map<GpmMetric, Reading<GpmValue>> values = new EnumMap<>(GpmMetric.class);
    for (GpmMetric metric : metrics) {
      String unit = metric.code() < GpmMetric.PCIE_TRANSMIT.code() ? "%" : "MiB/s";
      values.put(metric, Reading.of(new GpmValue(FakeSignals.gpm(metric, load), unit)));
    }
    return values;
  }

  @Override
  public void close() {}
}
