package io.smartops.nvml.driver;

import io.smartops.nvml.reading.MemoryInfo;
import io.smartops.nvml.reading.NvmlStatus;
import java.util.OptionalLong;

/**
 * Reads the memory of one device again and again into the same buffer.
 *
 * <p>The figures belong to the last {@link #read} that succeeded. Confined to one thread.
 */
public interface MemoryProbe {

  /** Reads now, on the calling thread. */
  NvmlStatus read();

  /** Capacity. */
  long totalBytes();

  /** Allocated; includes the driver's own share where {@link #separatesReserved} is false. */
  long usedBytes();

  /** Not allocated. */
  long freeBytes();

  /** Kept by driver and firmware; 0 where {@link #separatesReserved} is false. */
  long reservedBytes();

  /** Whether the driver tells its own share apart from that of processes. */
  boolean separatesReserved();

  /** The figures as an immutable value. */
  default MemoryInfo snapshot() {
    return new MemoryInfo(
        totalBytes(),
        usedBytes(),
        freeBytes(),
        separatesReserved() ? OptionalLong.of(reservedBytes()) : OptionalLong.empty());
  }
}
