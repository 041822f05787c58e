package io.smartops.simulation;

import io.smartops.telemetry.DeviceSnapshot;
import io.smartops.telemetry.DeviceTelemetry;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;

/** A telemetry that shows given snapshots in turn, then the last one for good. Thread-safe. */
public final class ScriptedTelemetry implements DeviceTelemetry {
  private final List<DeviceSnapshot> script;
  private final AtomicInteger reads = new AtomicInteger();

  /**
   * @param script what is read, first to last; at least one snapshot
   */
  public ScriptedTelemetry(List<DeviceSnapshot> script) {
    if (script.isEmpty()) {
      throw new IllegalArgumentException("a script needs at least 1 snapshot, but has none");
    }
    this.script = List.copyOf(script);
  }

  /** A snapshot of memory only. */
  public static DeviceSnapshot memory(long usedBytes, long capacityBytes, long availableBytes) {
    return new DeviceSnapshot(
        OptionalLong.of(usedBytes),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.of(capacityBytes),
        OptionalLong.of(availableBytes),
        OptionalLong.empty(),
        OptionalDouble.empty(),
        OptionalInt.empty());
  }

  @Override
  public DeviceSnapshot read() {
    int next = reads.getAndUpdate(n -> Math.min(n + 1, script.size() - 1));
    return script.get(next);
  }
}
