package io.smartops.nvml.reading;

/**
 * One counter over the window between two samples.
 *
 * @param unit as the driver names it; empty where it names none
 */
public record GpmValue(double value, String unit) {}
