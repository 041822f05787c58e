package io.smartops.simulation;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** A clock that stands still until it is told how much time has passed. Thread-safe. */
public final class ManualClock implements LongSupplier {
  private final AtomicLong nanos = new AtomicLong();

  /** Nanoseconds since the clock was made. */
  @Override
  public long getAsLong() {
    return nanos.get();
  }

  /** Lets time pass. */
  public void advance(Duration time) {
    advanceNanos(time.toNanos());
  }

  /** Lets time pass, in nanoseconds. */
  public void advanceNanos(long passed) {
    if (passed < 0) {
      throw new IllegalArgumentException(
          "time does not run backwards: passed must be at least 0, but is " + passed);
    }
    nanos.addAndGet(passed);
  }
}
