package io.smartops.control;

import java.util.OptionalLong;

/**
 * Where the time of one batch's build went, on the thread that built it.
 *
 * @param readNanos reading records
 * @param transformNanos transforms and stacking
 * @param copyNanos moving to the device
 * @param wallNanos the whole build
 * @param cpuNanos processor time of the whole build, where the JVM can tell
 */
public record LoaderBuildTimes(
    long readNanos, long transformNanos, long copyNanos, long wallNanos, OptionalLong cpuNanos) {}
