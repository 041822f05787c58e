package io.smartops.nvml.reading;

/** Chip generations. */
public enum Architecture implements NvmlCode {
  KEPLER(2),
  MAXWELL(3),
  PASCAL(4),
  VOLTA(5),
  TURING(6),
  AMPERE(7),
  ADA(8),
  HOPPER(9),
  BLACKWELL(10),
  RUBIN(13);

  private final int code;

  Architecture(int code) {
    this.code = code;
  }

  @Override
  public int code() {
    return code;
  }
}
