package io.smartops.nvml.reading;

/** The limits between which the power limit can be set. */
public record PowerRange(long minMilliwatts, long maxMilliwatts) {}
