package io.smartops.telemetry;

import java.util.OptionalDouble;

/**
 * Turns growing CPU time into the busy share of the processor:
 *
 * <p>{@code utilisation = Δcpu / (Δwall · processors)}, at most 1.
 *
 * <p>CPU time is counted in ticks of 10 ms on Linux, so a window shorter than {@link
 * #MIN_WINDOW_NANOS} would be mostly rounding: within it the previous figure is repeated, and the
 * window grows on. Absent until the first window is complete. Thread-safe.
 */
final class CpuMeter {
  /** Ten ticks: a rounding error of at most a tenth of one core. */
  static final long MIN_WINDOW_NANOS = 100_000_000;

  private long windowStartNanos;
  private long cpuAtStartNanos;
  private OptionalDouble latest = OptionalDouble.empty();

  /** Starts the first window at {@code nowNanos}, with {@code cpuNanos} used so far. */
  CpuMeter(long nowNanos, long cpuNanos) {
    windowStartNanos = nowNanos;
    cpuAtStartNanos = cpuNanos;
  }

  /**
   * The utilisation of the latest complete window.
   *
   * @param processors processors that the process may use; a quota may make it a fraction
   */
  synchronized OptionalDouble utilisation(long nowNanos, long cpuNanos, double processors) {
    long wallNanos = nowNanos - windowStartNanos;
    if (wallNanos >= MIN_WINDOW_NANOS) {
      double busy = (cpuNanos - cpuAtStartNanos) / (wallNanos * processors);
      latest = OptionalDouble.of(Math.min(1, Math.max(0, busy)));
      windowStartNanos = nowNanos;
      cpuAtStartNanos = cpuNanos;
    }
    return latest;
  }
}
