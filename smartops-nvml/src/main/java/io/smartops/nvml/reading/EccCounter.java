package io.smartops.nvml.reading;

/** Lifetime of an ECC counter: since the driver loaded, or of the card. */
public enum EccCounter implements NvmlCode {
  VOLATILE(0),
  AGGREGATE(1);

  private final int code;

  EccCounter(int code) {
    this.code = code;
  }

  @Override
  public int code() {
    return code;
  }
}
