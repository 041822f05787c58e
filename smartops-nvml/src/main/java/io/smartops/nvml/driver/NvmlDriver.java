package io.smartops.nvml.driver;

import io.smartops.nvml.reading.EventType;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A source of NVML readings: the native library, or a fake. No method throws; what cannot be had
 * comes back as a status.
 *
 * <p>Thread-safety: every method may be called from any thread. What {@link #openGpm} and {@link
 * #openEvents} return belongs to one thread at a time.
 */
public interface NvmlDriver extends Responder {

  /** Initialises the driver; each success wants one {@link #shutdown}. */
  NvmlStatus init();

  /** Undoes one {@link #init}. */
  NvmlStatus shutdown();

  /** The clock on which windows between readings are measured. */
  default long nanoTime() {
    return System.nanoTime();
  }

  /** Asks a device, or the system when the query has no use for a device. */
  default <T> Reading<T> read(long handle, Query<T> query) {
    return query.ask(this, handle);
  }

  /** A reader of one device's memory that allocates nothing per reading. */
  Reading<MemoryProbe> openMemory(long handle);

  /**
   * Opens the performance monitor.
   *
   * @param handle a physical device
   * @param gpuInstance the MIG GPU instance to watch; empty for the whole device
   */
  Reading<GpmSource> openGpm(long handle, OptionalInt gpuInstance);

  /** Starts to watch a device for events. */
  Reading<EventSource> openEvents(long handle, Set<EventType> types);
}
