package io.smartops.nvml.reading;

/** A switch of the card: as it is now, and as it will be after the next reset. */
public record Mode(boolean current, boolean pending) {}
