package io.smartops.simulation;

import java.util.List;

/**
 * Figures of a device.
 *
 * @param name its name
 * @param memoryBytes its memory
 * @param bandwidth bytes a second between its memory and its cores
 * @param cacheBytes its last-level cache
 * @param singleFlops dense peak in {@link Arithmetic#SINGLE}, operations a second
 * @param halfFlops dense peak in {@link Arithmetic#HALF}
 * @param launchNanos time to start one kernel or operation
 */
public record DeviceProfile(
    String name,
    long memoryBytes,
    double bandwidth,
    long cacheBytes,
    double singleFlops,
    double halfFlops,
    long launchNanos) {

  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;
  private static final double TERA = 1e12;
  private static final double GIGA = 1e9;

  /** A graphics card's kernel starts in some 5 µs, a library call on a host in less. */
  private static final long CARD_LAUNCH_NANOS = 5_000;

  private static final long HOST_LAUNCH_NANOS = 2_000;

  /**
   * Real cards, by NVIDIA's data sheets (memory, bandwidth, L2 cache, dense peaks without sparsity;
   * single precision without TF32).
   */
  public static final List<DeviceProfile> CARDS =
      List.of(
          card("T4", 16, 320, 4, 8.1, 65),
          card("V100 SXM2", 16, 900, 6, 15.7, 125),
          card("A10", 24, 600, 6, 31.2, 125),
          card("A100 SXM 40 GB", 40, 1555, 40, 19.5, 312),
          card("L4", 24, 300, 48, 30.3, 121),
          card("L40S", 48, 864, 96, 91.6, 362),
          card("RTX 3090", 24, 936, 6, 35.6, 71),
          card("RTX 4090", 24, 1008, 72, 82.6, 165),
          card("H100 SXM", 80, 3350, 50, 67, 989.5));

  /** Hosts without a card: arithmetic of some 50 GFLOPS a core; the first has bfloat16 units. */
  public static final List<DeviceProfile> HOSTS =
      List.of(
          new DeviceProfile(
              "host, 2 cores",
              8 * GIB,
              20 * GIGA,
              32 * MIB,
              0.1 * TERA,
              0.2 * TERA,
              HOST_LAUNCH_NANOS),
          new DeviceProfile(
              "host, 16 cores",
              64 * GIB,
              80 * GIGA,
              32 * MIB,
              0.8 * TERA,
              0.8 * TERA,
              HOST_LAUNCH_NANOS));

  /** Dense peak in the given arithmetic, operations a second. */
  public double flops(Arithmetic arithmetic) {
    return arithmetic == Arithmetic.SINGLE ? singleFlops : halfFlops;
  }

  /** Whether it is a host. */
  public boolean isHost() {
    return HOSTS.contains(this);
  }

  private static DeviceProfile card(
      String name, long gib, double gbPerSecond, long cacheMib, double single, double half) {
    return new DeviceProfile(
        name,
        gib * GIB,
        gbPerSecond * GIGA,
        cacheMib * MIB,
        single * TERA,
        half * TERA,
        CARD_LAUNCH_NANOS);
  }
}
