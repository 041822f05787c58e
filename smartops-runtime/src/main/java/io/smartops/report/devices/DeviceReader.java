package io.smartops.report.devices;

import io.smartops.nvml.Nvml;
import io.smartops.report.history.DeviceSample;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads all devices of one kind. Called by one thread, about once a second. */
public interface DeviceReader extends AutoCloseable {

  /** The devices as they are now; what cannot be read is left out. */
  List<DeviceSample> read();

  /**
   * Peak FLOPs per second of device {@code index}, as CUDA counts, by precision; empty where no
   * table has it.
   */
  default Map<String, Double> peakFlops(int index) {
    return Map.of();
  }

  /** The same as Prometheus text under the names of the device's usual exporter, if it has one. */
  default String prometheusText() {
    return "";
  }

  @Override
  default void close() {}

  /** The GPUs where there is a driver, the processor otherwise. */
  static DeviceReader ofMachine() {
    return Nvml.tryOpen()
        .toOptional()
        .flatMap(DeviceReader::ofGpus)
        .orElseGet(HostReader::ofMachine);
  }

  private static Optional<DeviceReader> ofGpus(Nvml nvml) {
    if (nvml.devices().orElse(List.of()).isEmpty()) {
      nvml.close();
      return Optional.empty();
    }
    return Optional.of(GpuReader.over(nvml));
  }
}
