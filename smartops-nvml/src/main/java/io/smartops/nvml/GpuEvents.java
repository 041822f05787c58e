package io.smartops.nvml;

import io.smartops.nvml.driver.EventSource;
import io.smartops.nvml.reading.GpuEvent;
import io.smartops.nvml.reading.Reading;
import java.util.List;

/**
 * A watch over a device's events. Poll it now and then: the driver keeps events until then.
 *
 * <p>Polling never waits, since a wait would hold up all other readings. Thread-safe.
 */
public final class GpuEvents implements AutoCloseable {
  private final Nvml nvml;
  private final EventSource source;

  GpuEvents(Nvml nvml, EventSource source) {
    this.nvml = nvml;
    this.source = source;
  }

  /** The events since the last poll; an empty list when there are none. */
  public Reading<List<GpuEvent>> poll() {
    return nvml.call("events", driver -> source.poll());
  }

  @Override
  public void close() {
    nvml.batch(
        "events",
        () -> {
          source.close();
          return true;
        });
  }
}
