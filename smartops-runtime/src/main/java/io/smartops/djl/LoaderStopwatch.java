package io.smartops.djl;

import io.smartops.control.LoaderBuildTimes;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/** Splits the time of one build among its stages. For one thread. */
final class LoaderStopwatch {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final boolean TELLS_CPU =
      THREADS.isCurrentThreadCpuTimeSupported() && THREADS.isThreadCpuTimeEnabled();

  private final LongSupplier nanoClock;
  private final boolean asksCpu;
  private final long startNanos;
  private final long startCpuNanos;
  private long lapNanos;
  private long readNanos;
  private long transformNanos;
  private long copyNanos;

  /** Starts; {@code asksCpu} says whether to ask for processor time, which costs a microsecond. */
  LoaderStopwatch(LongSupplier nanoClock, boolean asksCpu) {
    this.nanoClock = nanoClock;
    this.asksCpu = asksCpu && TELLS_CPU;
    this.startNanos = nanoClock.getAsLong();
    this.startCpuNanos = this.asksCpu ? THREADS.getCurrentThreadCpuTime() : 0;
    this.lapNanos = startNanos;
  }

  /** Forgets the time since the last lap: it was spent waiting for memory. */
  void skip() {
    lapNanos = nanoClock.getAsLong();
  }

  void lapRead() {
    readNanos += lap();
  }

  void lapTransform() {
    transformNanos += lap();
  }

  void lapCopy() {
    copyNanos += lap();
  }

  private long lap() {
    long nowNanos = nanoClock.getAsLong();
    long nanos = nowNanos - lapNanos;
    lapNanos = nowNanos;
    return nanos;
  }

  LoaderBuildTimes stop() {
    OptionalLong cpuNanos =
        asksCpu
            ? OptionalLong.of(THREADS.getCurrentThreadCpuTime() - startCpuNanos)
            : OptionalLong.empty();
    return new LoaderBuildTimes(
        readNanos, transformNanos, copyNanos, nanoClock.getAsLong() - startNanos, cpuNanos);
  }
}
