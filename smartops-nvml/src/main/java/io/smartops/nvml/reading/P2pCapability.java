package io.smartops.nvml.reading;

/** What peer-to-peer access is asked for. */
public enum P2pCapability implements NvmlCode {
  READ(0),
  WRITE(1),
  NVLINK(2),
  ATOMICS(3),
  PCI(4);

  private final int code;

  P2pCapability(int code) {
    this.code = code;
  }

  @Override
  public int code() {
    return code;
  }
}
