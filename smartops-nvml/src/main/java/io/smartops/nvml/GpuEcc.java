package io.smartops.nvml;

import io.smartops.nvml.driver.SensorQueries;
import io.smartops.nvml.reading.EccCounter;
import io.smartops.nvml.reading.MemoryErrorType;
import io.smartops.nvml.reading.MemoryLocation;
import io.smartops.nvml.reading.Mode;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.RemappedRows;

/** Errors of a device's memory, and what was done about them. Immutable and thread-safe. */
public final class GpuEcc {
  private final GpuDevice device;

  GpuEcc(GpuDevice device) {
    this.device = device;
  }

  /** Whether ECC is on. */
  public Reading<Mode> mode() {
    return device.read(SensorQueries.ECC_MODE);
  }

  /** ECC errors of the whole card. */
  public Reading<Long> errors(MemoryErrorType type, EccCounter counter) {
    return device.read(SensorQueries.eccErrors(type, counter));
  }

  /** ECC errors of one part of the card. */
  public Reading<Long> errors(MemoryErrorType type, EccCounter counter, MemoryLocation location) {
    return device.read(SensorQueries.memoryErrors(type, counter, location));
  }

  /** Memory rows that were replaced (Ampere and later). */
  public Reading<RemappedRows> remappedRows() {
    return device.read(SensorQueries.REMAPPED_ROWS);
  }
}
