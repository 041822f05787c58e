package io.smartops.nvml.jna;

import io.smartops.nvml.driver.MemoryProbe;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.lang.ref.Reference;
import java.util.Optional;

/**
 * The hot path: one direct call into one buffer, then plain loads. Allocates nothing per reading.
 */
final class NativeMemoryProbe implements MemoryProbe {
  private static final int NO_VERSION = 0;

  /** Where a version of the structure keeps its figures; {@code reserved} 0 means nowhere. */
  private record Layout(
      String symbol, int bytes, int version, int total, int reserved, int free, int used) {}

  private static final Layout V2 =
      new Layout("nvmlDeviceGetMemoryInfo_v2", 40, 0x0200_0028, 8, 16, 24, 32);
  private static final Layout V1 =
      new Layout("nvmlDeviceGetMemoryInfo", 24, NO_VERSION, 0, 0, 8, 16);

  private final NativeFunction function;
  private final Layout layout;
  private final NativeBuffer buffer;
  private final long handle;
  private final long address;

  private NativeMemoryProbe(NativeFunction function, Layout layout, long handle) {
    this.function = function;
    this.layout = layout;
    this.buffer = NativeBuffer.allocate(layout.bytes());
    this.handle = handle;
    this.address = buffer.address();
  }

  /** A probe of the newest version that the driver both exports and accepts. */
  static Reading<MemoryProbe> open(NvmlLibrary library, long handle) {
    Reading<MemoryProbe> newest = open(library, V2, handle);
    return NumberCalls.mayFallBack(newest.status()) ? open(library, V1, handle) : newest;
  }

  private static Reading<MemoryProbe> open(NvmlLibrary library, Layout layout, long handle) {
    Optional<NativeFunction> function = library.find(layout.symbol());
    if (function.isEmpty()) {
      return Answers.missing(layout.symbol());
    }
    MemoryProbe probe = new NativeMemoryProbe(function.get(), layout, handle);
    NvmlStatus status = probe.read();
    return status == NvmlStatus.SUCCESS
        ? Reading.of(probe)
        : Reading.absent(status, layout.symbol());
  }

  @Override
  public NvmlStatus read() {
    if (layout.version() != NO_VERSION) {
      buffer.putInt(0, layout.version());
    }
    try {
      return NvmlStatus.of(function.call(handle, address));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public long totalBytes() {
    return buffer.getLong(layout.total());
  }

  @Override
  public long usedBytes() {
    return buffer.getLong(layout.used());
  }

  @Override
  public long freeBytes() {
    return buffer.getLong(layout.free());
  }

  @Override
  public long reservedBytes() {
    return separatesReserved() ? buffer.getLong(layout.reserved()) : 0;
  }

  @Override
  public boolean separatesReserved() {
    return layout.reserved() != 0;
  }
}
