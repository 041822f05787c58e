package io.smartops.nvml.reading;

/** Product lines. */
public enum Brand implements NvmlCode {
  UNBRANDED(0),
  QUADRO(1),
  TESLA(2),
  NVS(3),
  GRID(4),
  GEFORCE(5),
  TITAN(6),
  VAPPS(7),
  VPC(8),
  VCS(9),
  VWS(10),
  CLOUD_GAMING(11),
  QUADRO_RTX(12),
  NVIDIA_RTX(13),
  NVIDIA(14),
  GEFORCE_RTX(15),
  TITAN_RTX(16);

  private final int code;

  Brand(int code) {
    this.code = code;
  }

  @Override
  public int code() {
    return code;
  }
}
