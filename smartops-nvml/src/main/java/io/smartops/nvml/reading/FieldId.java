package io.smartops.nvml.reading;

/**
 * Ids of batched field values, for {@code nvmlDeviceGetFieldValues}. Any other id of nvml.h works
 * too: a request takes the number.
 */
public final class FieldId {
  public static final int MEMORY_TEMPERATURE_CELSIUS = 82;
  public static final int TOTAL_ENERGY_MILLIJOULES = 83;
  public static final int NVLINK_TRANSMIT_KIBIBYTES = 138;
  public static final int NVLINK_RECEIVE_KIBIBYTES = 139;
  public static final int POWER_AVERAGE_MILLIWATTS = 185;
  public static final int POWER_INSTANT_MILLIWATTS = 186;
  public static final int TEMPERATURE_LIMIT_SHUTDOWN_CELSIUS = 193;
  public static final int TEMPERATURE_LIMIT_SLOWDOWN_CELSIUS = 194;
  public static final int TEMPERATURE_LIMIT_MEMORY_MAX_CELSIUS = 195;
  public static final int TEMPERATURE_LIMIT_GPU_MAX_CELSIUS = 196;

  /** A counter that may wrap: use differences. */
  public static final int PCIE_TRANSMIT_BYTES = 197;

  /** A counter that may wrap: use differences. */
  public static final int PCIE_RECEIVE_BYTES = 198;

  private FieldId() {}
}
