package io.smartops.nvml.sampler;

import io.smartops.nvml.GpuDevice;
import io.smartops.nvml.driver.MemoryProbe;
import io.smartops.nvml.reading.MemoryInfo;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.Utilization;

/** What changes from step to step and costs little to read. */
public record FastReadings(Reading<MemoryInfo> memory, Reading<Utilization> utilization) {

  static FastReadings of(GpuDevice device, Reading<MemoryProbe> probe) {
    return new FastReadings(probe.flatMap(FastReadings::memory), device.utilization());
  }

  private static Reading<MemoryInfo> memory(MemoryProbe probe) {
    NvmlStatus status = probe.read();
    return status == NvmlStatus.SUCCESS
        ? Reading.of(probe.snapshot())
        : Reading.absent(status, "memory");
  }

  static FastReadings absent(NvmlStatus status) {
    return new FastReadings(
        Reading.absent(status, "memory"), Reading.absent(status, "utilization"));
  }
}
