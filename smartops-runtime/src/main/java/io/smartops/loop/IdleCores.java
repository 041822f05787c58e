package io.smartops.loop;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * How many processor cores this process did not use of late: what it could gain at most. What
 * others use is not taken off, since the scheduler shares; whether more threads bring more is
 * measured. Asking the system costs tens of microseconds, so it is asked ten times a second at
 * most, and nothing is known before the first tenth has passed.
 *
 * <p>Thread-safe.
 */
public final class IdleCores implements Supplier<OptionalDouble> {
  private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final LongSupplier nanoClock;
  private final OperatingSystemMXBean system =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private OptionalDouble latest = OptionalDouble.empty();
  private long askedNanos;

  /** Begins to watch. */
  public IdleCores(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    this.askedNanos = nanoClock.getAsLong();
    // The system tells of the time since it was last asked, or of nothing.
    ask();
  }

  @Override
  public synchronized OptionalDouble get() {
    long nowNanos = nanoClock.getAsLong();
    if (nowNanos - askedNanos >= PERIOD_NANOS) {
      askedNanos = nowNanos;
      latest = ask();
    }
    return latest;
  }

  private OptionalDouble ask() {
    double load = system.getProcessCpuLoad();
    return load >= 0
        ? OptionalDouble.of((1 - load) * Runtime.getRuntime().availableProcessors())
        : OptionalDouble.empty();
  }
}
