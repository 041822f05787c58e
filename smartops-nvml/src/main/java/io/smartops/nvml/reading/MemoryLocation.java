package io.smartops.nvml.reading;

/** Where an ECC error was seen. */
public enum MemoryLocation implements NvmlCode {
  L1_CACHE(0),
  L2_CACHE(1),
  DEVICE_MEMORY(2),
  REGISTER_FILE(3),
  TEXTURE_MEMORY(4),
  SHARED_MEMORY(5),
  CONTROL_BLOCK_UNIT(6),
  SRAM(7);

  private final int code;

  MemoryLocation(int code) {
    this.code = code;
  }

  @Override
  public int code() {
    return code;
  }
}
