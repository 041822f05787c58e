package io.smartops.nvml.metrics;

import java.util.Map;

/**
 * One sample of a metric.
 *
 * @param labels in the order in which they are written
 */
public record MetricSample(Metric metric, Map<String, String> labels, double value) {

  /**
   * A metric's name, kind and meaning.
   *
   * @param counter whether it only grows
   */
  public record Metric(String name, boolean counter, String help) {}
}
