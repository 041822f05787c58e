package io.smartops.nvml.reading;

/** Temperatures at which the card or its driver acts. */
public enum TemperatureThreshold implements NvmlCode {
  SHUTDOWN(0),
  SLOWDOWN(1),
  MEMORY_MAX(2),
  GPU_MAX(3),
  ACOUSTIC_MIN(4),
  ACOUSTIC_CURRENT(5),
  ACOUSTIC_MAX(6),
  GPS_CURRENT(7);

  private final int code;

  TemperatureThreshold(int code) {
    this.code = code;
  }

  @Override
  public int code() {
    return code;
  }
}
