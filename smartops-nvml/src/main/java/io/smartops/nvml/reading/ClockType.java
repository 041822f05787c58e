package io.smartops.nvml.reading;

/** Clock domains. */
public enum ClockType implements NvmlCode {
  GRAPHICS(0),
  SM(1),
  MEMORY(2),
  VIDEO(3);

  private final int code;

  ClockType(int code) {
    this.code = code;
  }

  @Override
  public int code() {
    return code;
  }
}
