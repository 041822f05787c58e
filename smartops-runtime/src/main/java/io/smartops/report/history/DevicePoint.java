package io.smartops.report.history;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All devices at one time, or over a stretch of time as one.
 *
 * @param endNanos when they were read last, since the run's start
 * @param devices their samples, in a fixed order
 */
public record DevicePoint(long endNanos, List<DeviceSample> devices) {

  DevicePoint mean(DevicePoint later) {
    Map<String, DeviceSample> means = new LinkedHashMap<>();
    devices.forEach(sample -> means.put(sample.device(), sample));
    later.devices.forEach(sample -> means.merge(sample.device(), sample, DeviceSample::mean));
    return new DevicePoint(later.endNanos, List.copyOf(new ArrayList<>(means.values())));
  }
}
