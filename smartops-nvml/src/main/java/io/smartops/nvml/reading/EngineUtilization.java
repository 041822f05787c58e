package io.smartops.nvml.reading;

import java.time.Duration;

/** Busy share of a fixed-function engine over the window that the driver chose. */
public record EngineUtilization(int percent, Duration window) {}
