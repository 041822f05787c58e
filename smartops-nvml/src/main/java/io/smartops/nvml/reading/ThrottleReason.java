package io.smartops.nvml.reading;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** Why the clocks are not at their maximum. Several may hold at once. */
public enum ThrottleReason {
  GPU_IDLE(0x1, false),
  APPLICATION_CLOCKS(0x2, false),
  SOFTWARE_POWER_CAP(0x4, true),
  HARDWARE_SLOWDOWN(0x8, true),
  SYNC_BOOST(0x10, false),
  SOFTWARE_THERMAL(0x20, true),
  HARDWARE_THERMAL(0x40, true),
  HARDWARE_POWER_BRAKE(0x80, true),
  DISPLAY_CLOCKS(0x100, false);

  private final long bit;
  private final boolean throttling;

  ThrottleReason(long bit, boolean throttling) {
    this.bit = bit;
    this.throttling = throttling;
  }

  /** The bit of nvml.h. */
  public long bit() {
    return bit;
  }

  /** Whether heat or power slows the card. Idling and chosen clocks are no throttling. */
  public boolean isThrottling() {
    return throttling;
  }

  /** The reasons in a mask; bits without a name are left out. */
  public static Set<ThrottleReason> ofMask(long mask) {
    Set<ThrottleReason> reasons = EnumSet.noneOf(ThrottleReason.class);
    for (ThrottleReason reason : values()) {
      if ((mask & reason.bit) != 0) {
        reasons.add(reason);
      }
    }
    return Collections.unmodifiableSet(reasons);
  }
}
