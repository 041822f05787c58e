package io.smartops.nvml.sampler;

import io.smartops.nvml.reading.NvmlStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The newest readings of all devices. Immutable.
 *
 * @param sequence counts the snapshots of a sampler from 1; 0 before the first
 * @param status SUCCESS, or why the driver as a whole did not answer; then every reading has it too
 * @param takenNanos when the readings were taken, as of {@link System#nanoTime}; while the driver
 *     does not answer, when it last did
 * @param devices physical devices in NVML's order, each followed by its MIG devices
 */
public record GpuSnapshot(
    long sequence, NvmlStatus status, long takenNanos, List<DeviceReadings> devices) {
  static final GpuSnapshot NONE = new GpuSnapshot(0, NvmlStatus.NOT_READY, 0, List.of());

  public GpuSnapshot {
    devices = List.copyOf(devices);
  }

  /** The readings of a device by UUID. */
  public Optional<DeviceReadings> device(String uuid) {
    return devices.stream().filter(readings -> readings.device().uuid().equals(uuid)).findFirst();
  }

  /** Time from {@code earlier} to this snapshot. */
  public Duration since(GpuSnapshot earlier) {
    return Duration.ofNanos(takenNanos - earlier.takenNanos);
  }

  /** The same as the one after {@code before}. */
  GpuSnapshot after(GpuSnapshot before) {
    return new GpuSnapshot(before.sequence() + 1, status, takenNanos, devices);
  }

  /** The same devices when the driver does not answer. */
  GpuSnapshot unanswered(NvmlStatus why) {
    return new GpuSnapshot(
        sequence + 1,
        why,
        takenNanos,
        devices.stream().map(readings -> readings.absent(why)).toList());
  }
}
