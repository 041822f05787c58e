package io.smartops.nvml.reading;

/**
 * One sample of what a process used; percentages are 0 to 100.
 *
 * @param timestampMicros driver's time; pass the greatest one to the next call
 */
public record ProcessUtilization(
    long pid,
    long timestampMicros,
    int smPercent,
    int memoryPercent,
    int encoderPercent,
    int decoderPercent) {}
