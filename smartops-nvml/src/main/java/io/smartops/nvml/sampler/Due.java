package io.smartops.nvml.sampler;

/** Which tiers a cycle reads besides the fast one. */
record Due(long nanos, boolean slow, boolean rare) {

  /** Decides by time alone, so that late cycles do not pile up. */
  static final class Schedule {
    private final long slowNanos;
    private final long rareNanos;
    private boolean started;
    private long nextSlow;
    private long nextRare;

    Schedule(Cadence cadence) {
      slowNanos = cadence.slow().toNanos();
      rareNanos = cadence.rare().toNanos();
    }

    Due at(long nanos) {
      boolean slow = !started || nanos - nextSlow >= 0;
      boolean rare = !started || nanos - nextRare >= 0;
      started = true;
      nextSlow = slow ? nanos + slowNanos : nextSlow;
      nextRare = rare ? nanos + rareNanos : nextRare;
      return new Due(nanos, slow, rare);
    }
  }
}
