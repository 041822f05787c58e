package io.smartops.nvml.fake;

import io.smartops.nvml.driver.MemoryProbe;
import io.smartops.nvml.driver.SensorQueries;
import io.smartops.nvml.reading.MemoryInfo;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;

/** Keeps the last memory reading of a card. */
final class FakeMemoryProbe implements MemoryProbe {
  private final FakeNvml nvml;
  private final long handle;
  private MemoryInfo last;

  private FakeMemoryProbe(FakeNvml nvml, long handle, MemoryInfo first) {
    this.nvml = nvml;
    this.handle = handle;
    this.last = first;
  }

  static Reading<MemoryProbe> open(FakeNvml nvml, long handle) {
    return nvml.read(handle, SensorQueries.MEMORY)
        .map(first -> new FakeMemoryProbe(nvml, handle, first));
  }

  @Override
  public NvmlStatus read() {
    Reading<MemoryInfo> reading = nvml.read(handle, SensorQueries.MEMORY);
    last = reading.orElse(last);
    return reading.status();
  }

  @Override
  public long totalBytes() {
    return last.totalBytes();
  }

  @Override
  public long usedBytes() {
    return last.usedBytes();
  }

  @Override
  public long freeBytes() {
    return last.freeBytes();
  }

  @Override
  public long reservedBytes() {
    return last.reservedBytes().orElse(0);
  }

  @Override
  public boolean separatesReserved() {
    return last.reservedBytes().isPresent();
  }
}
