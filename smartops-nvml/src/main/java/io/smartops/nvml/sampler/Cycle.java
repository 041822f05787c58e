package io.smartops.nvml.sampler;

import io.smartops.nvml.GpuDevice;
import io.smartops.nvml.Nvml;
import io.smartops.nvml.reading.NvmlStatus;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One round of readings after the other. Confined to the driver's thread. */
final class Cycle {
  private final Nvml nvml;
  private final Due.Schedule schedule;
  private final Map<String, DeviceTracker> trackers = new LinkedHashMap<>();
  private boolean closed;

  Cycle(Nvml nvml, Cadence cadence) {
    this.nvml = nvml;
    this.schedule = new Due.Schedule(cadence);
  }

  /** Reads what is due; the caller numbers the snapshot. */
  GpuSnapshot run(long nanos) {
    Due due = schedule.at(nanos);
    if (due.rare() && !closed) {
      discover();
    }
    List<DeviceReadings> readings = new ArrayList<>();
    trackers.values().forEach(tracker -> readings.add(tracker.read(due)));
    return new GpuSnapshot(0, NvmlStatus.SUCCESS, nanos, readings);
  }

  /** Adds devices that appeared. One that vanished stays, with the status that says so. */
  private void discover() {
    int count = nvml.deviceCount().orElse(0);
    for (int index = 0; index < count; index++) {
      int number = index;
      nvml.device(index).toOptional().ifPresent(device -> discover(device, number));
    }
  }

  private void discover(GpuDevice device, int index) {
    track(device, index);
    device.mig().devices().orElse(List.of()).forEach(mig -> track(mig, index));
  }

  private void track(GpuDevice device, int index) {
    device
        .uuid()
        .toOptional()
        .ifPresent(
            uuid -> trackers.computeIfAbsent(uuid, u -> new DeviceTracker(nvml, device, index)));
  }

  /** A round that was on its way finds no device any more. */
  void close() {
    closed = true;
    trackers.values().forEach(DeviceTracker::close);
    trackers.clear();
  }
}
