package io.smartops.nvml.reading;

import java.time.Duration;
import java.util.Map;

/**
 * Counters between two samples of a device.
 *
 * @param length time between the samples
 * @param metrics one reading for each metric asked for; each may fail on its own
 */
public record GpmWindow(Duration length, Map<GpmMetric, Reading<GpmValue>> metrics) {
  public GpmWindow {
    metrics = Map.copyOf(metrics);
  }

  /** The reading of {@code metric}; NOT_FOUND where it was not asked for. */
  public Reading<GpmValue> metric(GpmMetric metric) {
    Reading<GpmValue> reading = metrics.get(metric);
    return reading == null ? Reading.absent(NvmlStatus.NOT_FOUND, metric.name()) : reading;
  }
}
