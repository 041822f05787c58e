package io.smartops.nvml.reading;

import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Something that the driver reported about a device. NVML gives no time of it.
 *
 * @param types usually one
 * @param data the Xid code for {@link EventType#XID_CRITICAL}, 999 where the driver does not know
 * @param gpuInstance MIG GPU instance; empty where the event is not of one
 * @param computeInstance MIG compute instance; empty where the event is not of one
 */
public record GpuEvent(
    Set<EventType> types, long data, OptionalInt gpuInstance, OptionalInt computeInstance) {
  public GpuEvent {
    types = Set.copyOf(types);
  }

  /** The Xid code; empty for any other event. */
  public OptionalLong xid() {
    return types.contains(EventType.XID_CRITICAL) ? OptionalLong.of(data) : OptionalLong.empty();
  }
}
