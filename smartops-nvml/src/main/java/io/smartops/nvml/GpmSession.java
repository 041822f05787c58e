package io.smartops.nvml;

import io.smartops.nvml.driver.GpmSource;
import io.smartops.nvml.reading.GpmMetric;
import io.smartops.nvml.reading.GpmWindow;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The performance monitor of a device, as windows between two samples.
 *
 * <p>Each {@link #read} takes a sample and gives the metrics since the one before. The first read,
 * and one that follows within {@link #LEAST_WINDOW}, is NOT_READY; the latter takes no sample, so
 * that the window goes on. Thread-safe: the driver's thread does it all.
 */
public final class GpmSession implements AutoCloseable {
  /** The hardware refreshes its counters every 100 ms (nvml.h, nvmlGpmSampleGet). */
  public static final Duration LEAST_WINDOW = Duration.ofMillis(100);

  private final Nvml nvml;
  private final GpmSource source;
  private OptionalLong lastNanos = OptionalLong.empty();
  private boolean closed;

  GpmSession(Nvml nvml, GpmSource source) {
    this.nvml = nvml;
    this.source = source;
  }

  /** The metrics of the window that ends now. */
  public Reading<GpmWindow> read(Set<GpmMetric> metrics) {
    return nvml.call("GPM", driver -> window(metrics, driver.nanoTime()));
  }

  private Reading<GpmWindow> window(Set<GpmMetric> metrics, long now) {
    if (closed) {
      return Reading.absent(NvmlStatus.UNINITIALIZED, "GPM");
    }
    OptionalLong began = lastNanos;
    if (began.isPresent() && now - began.getAsLong() < LEAST_WINDOW.toNanos()) {
      return Reading.absent(NvmlStatus.NOT_READY, "GPM");
    }
    NvmlStatus status = source.advance();
    if (status != NvmlStatus.SUCCESS) {
      lastNanos = OptionalLong.empty();
      return Reading.absent(status, "nvmlGpmSampleGet");
    }
    lastNanos = OptionalLong.of(now);
    return began.isEmpty()
        ? Reading.absent(NvmlStatus.NOT_READY, "GPM")
        : source
            .metrics(metrics)
            .map(values -> new GpmWindow(Duration.ofNanos(now - began.getAsLong()), values));
  }

  @Override
  public void close() {
    nvml.batch(
        "GPM",
        () -> {
          if (!closed) {
            closed = true;
            source.close();
          }
          return true;
        });
  }
}
