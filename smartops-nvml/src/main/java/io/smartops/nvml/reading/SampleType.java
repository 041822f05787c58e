package io.smartops.nvml.reading;

/** Buffers of past samples that the driver keeps. */
public enum SampleType implements NvmlCode {
  TOTAL_POWER_MILLIWATTS(0),
  GPU_UTILIZATION_PERCENT(1),
  MEMORY_UTILIZATION_PERCENT(2),
  ENCODER_UTILIZATION_PERCENT(3),
  DECODER_UTILIZATION_PERCENT(4),
  PROCESSOR_CLOCK_MEGAHERTZ(5),
  MEMORY_CLOCK_MEGAHERTZ(6),
  MODULE_POWER_MILLIWATTS(7),
  JPEG_UTILIZATION_PERCENT(8),
  OPTICAL_FLOW_UTILIZATION_PERCENT(9);

  private final int code;

  SampleType(int code) {
    this.code = code;
  }

  @Override
  public int code() {
    return code;
  }
}
