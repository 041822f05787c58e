package io.smartops.nvml;

import io.smartops.nvml.driver.DeviceQueries;
import io.smartops.nvml.reading.MigAttributes;
import io.smartops.nvml.reading.Mode;
import io.smartops.nvml.reading.Reading;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** The partition of a device (MIG), and a MIG device's place in it. Immutable and thread-safe. */
public final class GpuMig {
  private final GpuDevice device;

  GpuMig(GpuDevice device) {
    this.device = device;
  }

  /** Whether the device is partitioned. */
  public Reading<Mode> mode() {
    return device.read(DeviceQueries.MIG_MODE);
  }

  /** Most MIG devices that there can be. */
  public Reading<Integer> maxDevices() {
    return device.read(DeviceQueries.MAX_MIG_DEVICES);
  }

  /** The MIG devices of the device; empty where it is not partitioned. */
  public Reading<List<GpuDevice>> devices() {
    return device.nvml().call("MIG devices", driver -> maxDevices().map(this::devices));
  }

  private List<GpuDevice> devices(int most) {
    return IntStream.range(0, most)
        .mapToObj(index -> device.read(DeviceQueries.migDevice(index)).toOptional())
        .flatMap(Optional::stream)
        .map(found -> new GpuDevice(device.nvml(), found))
        .toList();
  }

  /** The physical device of a MIG device. */
  public Reading<GpuDevice> parent() {
    return device
        .read(DeviceQueries.MIG_PARENT)
        .map(parent -> new GpuDevice(device.nvml(), parent));
  }

  /** GPU instance of a MIG device. */
  public Reading<Integer> gpuInstance() {
    return device.read(DeviceQueries.GPU_INSTANCE);
  }

  /** Compute instance of a MIG device. */
  public Reading<Integer> computeInstance() {
    return device.read(DeviceQueries.COMPUTE_INSTANCE);
  }

  /** What a MIG device was given. */
  public Reading<MigAttributes> attributes() {
    return device.read(DeviceQueries.MIG_ATTRIBUTES);
  }
}
