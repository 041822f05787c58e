package io.smartops.nvml.reading;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The return codes of NVML, known without the library, each with advice for the reader.
 *
 * <p>Source: {@code nvmlReturn_t} in nvml.h. A code that a newer driver invents reads as {@link
 * #UNKNOWN}.
 */
public enum NvmlStatus {
  SUCCESS(0, "nothing to do"),
  UNINITIALIZED(1, "open Nvml first, and do not read through an Nvml that was closed"),
  INVALID_ARGUMENT(2, "check the index or id; the driver does not know this argument"),
  NOT_SUPPORTED(3, "this card, or this mode of it, does not offer the reading"),
  NO_PERMISSION(4, "run as root, or let the administrator grant access to the counters"),
  ALREADY_INITIALIZED(5, "nothing to do"),
  NOT_FOUND(6, "no such object; for per-process utilisation it means that no sample exists yet"),
  INSUFFICIENT_SIZE(7, "the list grew faster than it could be read; read again"),
  INSUFFICIENT_POWER(8, "connect the external power cables of the card"),
  DRIVER_NOT_LOADED(9, "load the NVIDIA kernel module (modprobe nvidia)"),
  TIMEOUT(10, "the driver did not answer in time; look for Xid errors in the kernel log"),
  IRQ_ISSUE(11, "the kernel found an interrupt problem of the card; check the kernel log"),
  LIBRARY_NOT_FOUND(
      12,
      "install the NVIDIA driver (libnvidia-ml.so.1 or nvml.dll); in a container, expose it with"
          + " the NVIDIA runtime and the 'utility' capability"),
  FUNCTION_NOT_FOUND(13, "this driver does not export the function; a newer one may"),
  CORRUPTED_INFOROM(14, "the card's infoROM is damaged; contact the vendor"),
  GPU_IS_LOST(15, "the card fell off the bus; reset it or reboot, and check power and cooling"),
  RESET_REQUIRED(16, "reset the card (nvidia-smi --gpu-reset)"),
  OPERATING_SYSTEM(17, "the operating system or its cgroup blocked the device; check /dev/nvidia*"),
  LIB_RM_VERSION_MISMATCH(
      18,
      "library and kernel module differ in version: reboot, or reload the module, after updates"),
  IN_USE(19, "another process holds the resource"),
  MEMORY(20, "the driver ran out of memory"),
  NO_DATA(21, "no data yet; read again later"),
  VGPU_ECC_NOT_SUPPORTED(22, "disable ECC for vGPU"),
  INSUFFICIENT_RESOURCES(23, "the driver ran out of a resource other than memory"),
  FREQ_NOT_SUPPORTED(24, "choose a clock that the card supports"),
  ARGUMENT_VERSION_MISMATCH(
      25, "the driver refuses this version of the structure; update one side"),
  DEPRECATED(26, "the driver dropped the function"),
  NOT_READY(27, "not ready yet; read again later"),
  GPU_NOT_FOUND(28, "no GPU is attached or visible"),
  INVALID_STATE(29, "the card's state does not allow the request"),
  RESET_TYPE_NOT_SUPPORTED(30, "the card does not support this type of reset"),
  UNKNOWN(999, "the driver reported an internal error; look into the kernel log");

  private static final Map<Integer, NvmlStatus> BY_CODE =
      Arrays.stream(values()).collect(Collectors.toMap(NvmlStatus::code, Function.identity()));

  private final int code;
  private final String advice;

  NvmlStatus(int code, String advice) {
    this.code = code;
    this.advice = advice;
  }

  /** The number that NVML uses. */
  public int code() {
    return code;
  }

  /** What the reader can do about it. */
  public String advice() {
    return advice;
  }

  /** The status of a return code; {@link #UNKNOWN} where this release has no name for it. */
  public static NvmlStatus of(int code) {
    return code == 0 ? SUCCESS : BY_CODE.getOrDefault(code, UNKNOWN);
  }
}
