package io.smartops.nvml.reading;

/**
 * Busy shares over the driver's last window (1/6 s to 1 s).
 *
 * @param gpuPercent share of time in which any kernel ran; it is not occupancy of the SMs
 * @param memoryPercent share of time in which memory was read or written; it is not bandwidth
 */
public record Utilization(int gpuPercent, int memoryPercent) {}
