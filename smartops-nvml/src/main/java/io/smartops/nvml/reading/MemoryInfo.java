package io.smartops.nvml.reading;

import java.util.OptionalLong;

/**
 * Memory of a device.
 *
 * <p>With {@code reservedBytes} the figures are those of nvidia-smi: {@code used} is what processes
 * hold. Without it (drivers before R510) {@code used} includes what the driver keeps for itself,
 * which on a large card is several hundred MB more.
 *
 * @param totalBytes capacity
 * @param usedBytes allocated
 * @param freeBytes not allocated
 * @param reservedBytes kept by driver and firmware; empty where the driver cannot tell it apart
 */
public record MemoryInfo(
    long totalBytes, long usedBytes, long freeBytes, OptionalLong reservedBytes) {}
