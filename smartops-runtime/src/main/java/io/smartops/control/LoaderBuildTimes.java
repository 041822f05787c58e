package io.smartops.control;

import java.util.OptionalLong;

/**
 * Where the time of one batch's build went, summed over the threads that worked on it.
 *
 * @param readNanos reading records
 * @param transformNanos transforms and stacking
 * @param copyNanos moving to the device
 * @param wallNanos the whole build
 * @param cpuNanos processor time of the whole build, where the JVM can tell
 */
public record LoaderBuildTimes(
    long readNanos, long transformNanos, long copyNanos, long wallNanos, OptionalLong cpuNanos) {
  /** No time at all. */
  public static final LoaderBuildTimes NONE = new LoaderBuildTimes(0, 0, 0, 0, OptionalLong.of(0));

  /** Both; the processor time is known if it is of both. */
  public LoaderBuildTimes plus(LoaderBuildTimes more) {
    return new LoaderBuildTimes(
        readNanos + more.readNanos,
        transformNanos + more.transformNanos,
        copyNanos + more.copyNanos,
        wallNanos + more.wallNanos,
        cpuNanos.isPresent() && more.cpuNanos.isPresent()
            ? OptionalLong.of(cpuNanos.getAsLong() + more.cpuNanos.getAsLong())
            : OptionalLong.empty());
  }
}
