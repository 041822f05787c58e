package io.smartops.nvml.reading;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** Events for which a device can be watched (Linux only). */
public enum EventType {
  SINGLE_BIT_ECC(0x1),
  DOUBLE_BIT_ECC(0x2),
  PERFORMANCE_STATE(0x4),
  XID_CRITICAL(0x8),
  CLOCK(0x10),
  POWER_SOURCE(0x80),
  MIG_CONFIGURATION(0x100),
  SINGLE_BIT_ECC_STORM(0x200),
  DRAM_RETIREMENT(0x400),
  DRAM_RETIREMENT_FAILURE(0x800),
  NON_FATAL_POISON(0x1000),
  FATAL_POISON(0x2000),
  GPU_UNAVAILABLE(0x4000),
  GPU_RECOVERY_ACTION(0x8000);

  private final long bit;

  EventType(long bit) {
    this.bit = bit;
  }

  /** The bit of nvml.h. */
  public long bit() {
    return bit;
  }

  /** The types in a mask; bits without a name are left out. */
  public static Set<EventType> ofMask(long mask) {
    Set<EventType> types = EnumSet.noneOf(EventType.class);
    for (EventType type : values()) {
      if ((mask & type.bit) != 0) {
        types.add(type);
      }
    }
    return Collections.unmodifiableSet(types);
  }

  /** The mask of some types. */
  public static long mask(Collection<EventType> types) {
    return types.stream().mapToLong(EventType::bit).reduce(0, (left, right) -> left | right);
  }
}
