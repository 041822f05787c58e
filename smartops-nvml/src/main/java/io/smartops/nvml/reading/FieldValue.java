package io.smartops.nvml.reading;

/**
 * One answer of a batch.
 *
 * @param value Long or Double as the driver typed it, or why there is none
 * @param timestampMicros when the driver took it
 */
public record FieldValue(FieldRequest request, Reading<Number> value, long timestampMicros) {}
