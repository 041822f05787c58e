package io.smartops.nvml.reading;

/** Direction of PCIe traffic, seen from the GPU. */
public enum PcieDirection implements NvmlCode {
  TRANSMIT(0),
  RECEIVE(1);

  private final int code;

  PcieDirection(int code) {
    this.code = code;
  }

  @Override
  public int code() {
    return code;
  }
}
