package io.smartops.nvml.reading;

/** The window through which the CPU and other devices map the GPU's memory. */
public record Bar1Memory(long totalBytes, long usedBytes, long freeBytes) {}
