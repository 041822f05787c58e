package io.smartops.nvml.metrics;

import io.smartops.nvml.metrics.MetricSample.Metric;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes samples in Prometheus' text format 0.0.4.
 *
 * <p>Samples of one metric must be neighbours, as {@link GpuMetrics} gives them.
 */
public final class PrometheusText {
  private PrometheusText() {}

  /** The text to serve. */
  public static String of(List<MetricSample> samples) {
    StringBuilder text = new StringBuilder();
    String heading = "";
    for (MetricSample sample : samples) {
      if (!sample.metric().name().equals(heading)) {
        heading = sample.metric().name();
        text.append(head(sample.metric()));
      }
      text.append(line(sample));
    }
    return text.toString();
  }

  private static String head(Metric metric) {
    String kind = metric.counter() ? "counter" : "gauge";
    return "# HELP "
        + metric.name()
        + " "
        + metric.help()
        + "\n# TYPE "
        + metric.name()
        + " "
        + kind
        + "\n";
  }

  private static String line(MetricSample sample) {
    return sample.metric().name() + labels(sample.labels()) + " " + number(sample.value()) + "\n";
  }

  private static String labels(Map<String, String> labels) {
    return labels.entrySet().stream()
        .map(label -> label.getKey() + "=\"" + escape(label.getValue()) + "\"")
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static String escape(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  /** Whole numbers without a fraction, so that counters stay exact. */
  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1L << 53
        ? String.valueOf((long) value)
        : String.valueOf(value);
  }
}
