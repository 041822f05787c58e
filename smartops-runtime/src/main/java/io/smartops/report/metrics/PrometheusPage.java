package io.smartops.report.metrics;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.smartops.report.history.DeviceMetric;
import io.smartops.report.history.DeviceSample;
import io.smartops.report.history.RunHistory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What a Prometheus server gets, in text format 0.0.4: the run's metrics, load and temperature of
 * the devices, and what the devices' reader adds under names of its own (dcgm-exporter's for GPUs).
 */
public final class PrometheusPage {
  /** The content type to serve it with. */
  public static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

  private static final double PERCENT = 1e-2;

  private PrometheusPage() {}

  /**
   * The text.
   *
   * @param run name of the run, for the label {@code run}
   * @param more further text in the same format
   */
  public static String of(RunHistory history, String run, String more) {
    List<MetricSnapshot> metrics = new ArrayList<>();
    for (RunMetric metric : RunMetric.values()) {
      metric.read(history).ifPresent(value -> metrics.add(snapshot(metric, run, value)));
    }
    List<DeviceSample> devices =
        history.latestDevices().map(point -> point.devices()).orElse(List.of());
    addDevices(
        metrics,
        "smartops_device_utilization_ratio",
        "Busy share of a device or processor core",
        run,
        devices,
        DeviceMetric.UTILISATION,
        PERCENT);
    addDevices(
        metrics,
        "smartops_device_temperature_celsius",
        "Temperature of a device or sensor",
        run,
        devices,
        DeviceMetric.TEMPERATURE,
        1);
    return text(new MetricSnapshots(metrics)) + more;
  }

  private static MetricSnapshot snapshot(RunMetric metric, String run, double value) {
    Labels labels = Labels.of("run", run);
    return metric.isCounter()
        ? CounterSnapshot.builder()
            .name(metric.baseName())
            .help(metric.help())
            .dataPoint(CounterDataPointSnapshot.builder().labels(labels).value(value).build())
            .build()
        : GaugeSnapshot.builder()
            .name(metric.baseName())
            .help(metric.help())
            .dataPoint(GaugeDataPointSnapshot.builder().labels(labels).value(value).build())
            .build();
  }

  private static void addDevices(
      List<MetricSnapshot> metrics,
      String name,
      String help,
      String run,
      List<DeviceSample> devices,
      DeviceMetric metric,
      double factor) {
    GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
    boolean any = false;
    for (DeviceSample device : devices) {
      OptionalDouble value = device.value(metric);
      if (value.isPresent()) {
        any = true;
        gauge.dataPoint(
            GaugeDataPointSnapshot.builder()
                .labels(Labels.of("device", device.device(), "run", run))
                .value(factor * value.getAsDouble())
                .build());
      }
    }
    if (any) {
      metrics.add(gauge.build());
    }
  }

  private static String text(MetricSnapshots metrics) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      PrometheusTextFormatWriter.create().write(out, metrics);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
