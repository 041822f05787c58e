package io.smartops.nvml.sampler;

import java.time.Duration;

/**
 * How often each tier of readings is taken.
 *
 * <p>The tiers follow what the calls cost in the driver (medians on one card, third party): memory
 * 12 µs and utilisation 2.5 µs; power, temperature and clocks somewhat more; fan 137 µs, processes
 * 4.5 ms, PCIe throughput 40 ms. Whoever polls everything fast holds the driver's lock most of the
 * time.
 *
 * @param fast memory and utilisation
 * @param slow power, temperature, clocks, throttling, performance monitor, Xid events
 * @param rare processes, PCIe, fans, ECC, BAR1, and the search for new devices
 */
public record Cadence(Duration fast, Duration slow, Duration rare) {
  private static final Duration LEAST_FAST = Duration.ofMillis(1);

  /**
   * The driver's own window for utilisation is 1/6 s to 1 s, so that reading much faster brings the
   * same value again; and waking up is what costs most: at 250 ms the sampler took 0.12 to 0.2 % of
   * a core, above its target of 0.1 %. Who needs memory at an instant has the probe.
   */
  public static final Cadence DEFAULT =
      new Cadence(Duration.ofMillis(500), Duration.ofSeconds(1), Duration.ofSeconds(10));

  public Cadence {
    require("fast", fast, LEAST_FAST);
    require("slow", slow, fast);
    require("rare", rare, slow);
  }

  private static void require(String name, Duration value, Duration least) {
    if (value.compareTo(least) < 0) {
      throw new IllegalArgumentException(name + " must be at least " + least + ", but is " + value);
    }
  }
}
