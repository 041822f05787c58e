package io.smartops.report.history;

import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What one device (a GPU, a processor core, a sensor) showed at one time.
 *
 * @param device its name, the same at each reading
 * @param values by metric, in the metric's unit; what could not be read is left out
 */
public record DeviceSample(String device, Map<DeviceMetric, Double> values) {

  /** The value of {@code metric}, if it could be read. */
  public OptionalDouble value(DeviceMetric metric) {
    Double value = values.get(metric);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  /** The mean of both, metric by metric; a metric that only one has is taken as it is. */
  DeviceSample mean(DeviceSample later) {
    Map<DeviceMetric, Double> means = new EnumMap<>(DeviceMetric.class);
    means.putAll(values);
    later.values.forEach((metric, value) -> means.merge(metric, value, (a, b) -> (a + b) / 2));
    return new DeviceSample(device, means);
  }
}
