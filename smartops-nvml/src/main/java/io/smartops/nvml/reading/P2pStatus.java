package io.smartops.nvml.reading;

/** Whether two devices can reach each other's memory. */
public enum P2pStatus implements NvmlCode {
  OK(0),
  CHIPSET_NOT_SUPPORTED(1),
  GPU_NOT_SUPPORTED(2),
  IO_HUB_TOPOLOGY_NOT_SUPPORTED(3),
  DISABLED_BY_REGISTRY_KEY(4),
  NOT_SUPPORTED(5),
  UNDETERMINED(6);

  private final int code;

  P2pStatus(int code) {
    this.code = code;
  }

  @Override
  public int code() {
    return code;
  }
}
