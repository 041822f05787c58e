package io.smartops.nvml.reading;

/** Whether ECC could repair the error. */
public enum MemoryErrorType implements NvmlCode {
  CORRECTED(0),
  UNCORRECTED(1);

  private final int code;

  MemoryErrorType(int code) {
    this.code = code;
  }

  @Override
  public int code() {
    return code;
  }
}
