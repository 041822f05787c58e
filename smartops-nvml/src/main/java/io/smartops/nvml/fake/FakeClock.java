package io.smartops.nvml.fake;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** A clock that stands still until told otherwise. Thread-safe. */
public final class FakeClock implements LongSupplier {
  private final AtomicLong nanos = new AtomicLong();

  /** Lets time pass. */
  public void advance(Duration duration) {
    nanos.addAndGet(duration.toNanos());
  }

  /** Nanoseconds since the clock was made. */
  @Override
  public long getAsLong() {
    return nanos.get();
  }
}
