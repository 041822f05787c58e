package io.smartops.nvml.reading;

/**
 * Counters of the GPU performance monitor (Hopper and later).
 *
 * <p>Percentages run from 0 to 100. The header gives traffic in MiB/s, other sources disagree: each
 * {@link GpmValue} carries the unit that the driver itself names.
 */
public enum GpmMetric implements NvmlCode {
  GRAPHICS_ACTIVE(1),
  SM_ACTIVE(2),
  SM_OCCUPANCY(3),
  INTEGER_ACTIVE(4),
  TENSOR_ACTIVE(5),
  TENSOR_DFMA_ACTIVE(6),
  TENSOR_HMMA_ACTIVE(7),
  TENSOR_DMMA_ACTIVE(8),
  TENSOR_IMMA_ACTIVE(9),
  DRAM_BANDWIDTH(10),
  FP64_ACTIVE(11),
  FP32_ACTIVE(12),
  FP16_ACTIVE(13),
  PCIE_TRANSMIT(20),
  PCIE_RECEIVE(21),
  NVLINK_RECEIVE(60),
  NVLINK_TRANSMIT(61);

  private final int code;

  GpmMetric(int code) {
    this.code = code;
  }

  @Override
  public int code() {
    return code;
  }
}
