package io.smartops.nvml.driver;

import io.smartops.nvml.driver.Signature.Width;
import io.smartops.nvml.reading.Reading;
import java.util.List;

/** What can be asked of the driver as a whole, and how devices are found. */
public final class SystemQueries {
  private static final int VERSION_BYTES = 80;

  /** As {@code 550.54.15}. */
  public static final Query<String> DRIVER_VERSION =
      new Query.Text("nvmlSystemGetDriverVersion", false, VERSION_BYTES);

  /** As {@code 12.550.54.15}. */
  public static final Query<String> NVML_VERSION =
      new Query.Text("nvmlSystemGetNVMLVersion", false, VERSION_BYTES);

  /** Newest CUDA that the driver supports: 1000 × major + 10 × minor. */
  public static final Query<Integer> CUDA_DRIVER_VERSION =
      Numbers.of(
          "nvmlSystemGetCudaDriverVersion",
          false,
          List.of(),
          Signature.pointers(
              "nvmlSystemGetCudaDriverVersion", n -> Reading.of((int) n[0]), Width.I32));

  /** Number of physical devices. */
  public static final Query<Integer> DEVICE_COUNT =
      Numbers.of(
          "nvmlDeviceGetCount",
          false,
          List.of(),
          Signature.pointers("nvmlDeviceGetCount_v2", n -> Reading.of((int) n[0]), Width.U32),
          Signature.pointers("nvmlDeviceGetCount", n -> Reading.of((int) n[0]), Width.U32));

  private SystemQueries() {}

  /** Handle of a device by NVML index. */
  public static Query<Long> deviceByIndex(int index) {
    return Numbers.handle(
        "nvmlDeviceGetHandleByIndex",
        false,
        List.of((long) index),
        "nvmlDeviceGetHandleByIndex_v2",
        "nvmlDeviceGetHandleByIndex");
  }

  /** Handle of a device, or of a MIG device, by its whole UUID. */
  public static Query<Long> deviceByUuid(String uuid) {
    return new Query.Lookup(
        "nvmlDeviceGetHandleByUUID", List.of("nvmlDeviceGetHandleByUUID"), uuid);
  }

  /** Handle of a device by PCI bus id. */
  public static Query<Long> deviceByPciBusId(String busId) {
    return new Query.Lookup(
        "nvmlDeviceGetHandleByPciBusId",
        List.of("nvmlDeviceGetHandleByPciBusId_v2", "nvmlDeviceGetHandleByPciBusId"),
        busId);
  }
}
