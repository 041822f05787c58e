package io.smartops.nvml.reading;

/**
 * Place of a device on the PCI bus.
 *
 * @param deviceId vendor and device, as {@code 0x233010DE}
 * @param subsystemId board vendor and board
 */
public record PciAddress(int domain, int bus, int device, int deviceId, int subsystemId) {

  /** The form that NVML, nvidia-smi and CUDA print, as {@code 00000000:65:00.0}. */
  public String busId() {
    return String.format("%08X:%02X:%02X.0", domain, bus, device);
  }
}
