package io.smartops.nvml.reading;

/**
 * One entry of the driver's sample buffer.
 *
 * @param timestampMicros driver's time in microseconds since 1970
 * @param value in the unit of the {@link SampleType}
 */
public record Sample(long timestampMicros, double value) {}
