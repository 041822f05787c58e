package io.smartops.benchmarks.bundle;

import com.google.gson.JsonObject;
import io.smartops.nvml.reading.Reading;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * The cost of a call, from single calls timed one by one. {@code System.nanoTime} itself costs
 * about 25 ns and is included.
 *
 * @param calls how many were timed
 * @param answered how many of them brought a value
 * @param medianNanos the middle one
 * @param highNanos the 99th percentile
 */
record CallCost(int calls, int answered, long medianNanos, long highNanos) {
  /** Enough for a percentile. */
  private static final int MOST_CALLS = 2_000;

  /** The slowest call known takes 20 ms by design, so that this is 50 of them. */
  private static final long MOST_NANOS = 1_000_000_000L;

  /** Calls before the first that counts, for the JIT, within the same limit of time. */
  private static final int WARM_UP_CALLS = 20_000;

  private static final double HIGH = 0.99;

  static CallCost of(Supplier<? extends Reading<?>> call) {
    new Timing(call, WARM_UP_CALLS);
    Timing timing = new Timing(call, MOST_CALLS);
    long[] sorted = Arrays.copyOf(timing.nanos, timing.count);
    Arrays.sort(sorted);
    int high = (int) (sorted.length * HIGH);
    return new CallCost(sorted.length, timing.answered, sorted[sorted.length / 2], sorted[high]);
  }

  /** Calls in a row, with the time of each. */
  private static final class Timing {
    private final long[] nanos;
    private int count;
    private int answered;

    Timing(Supplier<? extends Reading<?>> call, int most) {
      nanos = new long[most];
      long began = System.nanoTime();
      long before = began;
      while (count < most && before - began < MOST_NANOS) {
        answered += call.get().isPresent() ? 1 : 0;
        long after = System.nanoTime();
        nanos[count++] = after - before;
        before = after;
      }
    }
  }

  void addTo(JsonObject row) {
    row.addProperty("calls", calls);
    row.addProperty("answered", answered);
    row.addProperty("medianNanos", medianNanos);
    row.addProperty("p99Nanos", highNanos);
  }
}
