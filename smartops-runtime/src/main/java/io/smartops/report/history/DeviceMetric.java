package io.smartops.report.history;

/** What is read of a device besides a step's own figures. */
public enum DeviceMetric {
  /** Share of time in which the device did something. */
  UTILISATION("utilisation", "%", "/proc/stat on Linux, or an NVIDIA driver"),
  /** Temperature. */
  TEMPERATURE(
      "temperature",
      "°C",
      "a sensor in /sys/class/thermal or /sys/class/hwmon, or an NVIDIA driver"),
  /** Electrical power. */
  POWER("power", "W", "an NVIDIA driver"),
  /** Memory in use, by whomever. */
  MEMORY("memory in use", "MiB", "an NVIDIA driver"),
  /** Resident warps, as a share of the most that there can be. */
  SM_OCCUPANCY("SM occupancy", "%", "an NVIDIA GPU of the Hopper generation or newer"),
  /** Share of time with tensor cores active. */
  TENSOR_CORES("tensor cores", "%", "an NVIDIA GPU of the Hopper generation or newer"),
  /** Share of the memory's bandwidth. */
  DRAM_BANDWIDTH("DRAM bandwidth", "%", "an NVIDIA GPU of the Hopper generation or newer"),
  /** Sent over PCIe. */
  PCIE_SENT("PCIe sent", "MB/s", "an NVIDIA driver"),
  /** Received over PCIe. */
  PCIE_RECEIVED("PCIe received", "MB/s", "an NVIDIA driver");

  private final String label;
  private final String unit;
  private final String need;

  DeviceMetric(String label, String unit, String need) {
    this.label = label;
    this.unit = unit;
    this.need = need;
  }

  /** For people. */
  public String label() {
    return label;
  }

  /** What a machine must have for it to be readable, for people. */
  public String need() {
    return need;
  }

  /** Of every value of this metric. */
  public String unit() {
    return unit;
  }
}
