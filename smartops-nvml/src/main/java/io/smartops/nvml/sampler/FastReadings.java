package io.smartops.nvml.sampler;

import io.smartops.nvml.GpuDevice;
import io.smartops.nvml.reading.MemoryInfo;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.Utilization;

/** What changes from step to step and costs little to read. */
public record FastReadings(Reading<MemoryInfo> memory, Reading<Utilization> utilization) {

  static FastReadings of(GpuDevice device) {
    return new FastReadings(device.memory(), device.utilization());
  }

  static FastReadings absent(NvmlStatus status) {
    return new FastReadings(
        Reading.absent(status, "memory"), Reading.absent(status, "utilization"));
  }
}
