package io.smartops.loop;

import io.smartops.SmartOpsConfig;
import io.smartops.telemetry.DeviceSnapshot;
import io.smartops.telemetry.DeviceTelemetry;
import io.smartops.telemetry.GrowthMeter;
import io.smartops.telemetry.ResidentPeak;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/**
 * Turns a device's readings into what the controller asks: how much may be allocated, and how much
 * a micro-batch did allocate.
 *
 * <p>With capacity C, available A, used U, retained R and address space still free S, the headroom
 * is the least of those that can be read:
 *
 * <ul>
 *   <li>{@code limit − U + R}, for a limit set in bytes;
 *   <li>{@code A − (1 − fraction)·C + R}, for a share of the device: what others hold counts
 *       against the share;
 *   <li>{@code A + R}: nobody can have more than there is;
 *   <li>{@code S + R − }{@link #ADDRESS_SPACE_RESERVE_BYTES}.
 * </ul>
 *
 * <p>Where the system counts the peak of resident memory, each measured micro-batch is checked
 * against {@code U − R + growth}; what it was above that is held back from the headroom and fades.
 *
 * <p>Not thread-safe: belongs to the thread that trains on the device.
 */
public final class MemoryGauge implements AutoCloseable {
  /**
   * Address space that is left alone: threads of the JVM and the allocator's arenas take it in
   * pieces of this size, and a retry with less was seen to fail again.
   */
  static final long ADDRESS_SPACE_RESERVE_BYTES = 64L << 20;

  /** What is left of an unexplained peak in the headroom after each measured micro-batch. */
  static final double OVERSHOOT_FADING = 0.98;

  /**
   * Held back before anything was measured: what the first steps leave with the process besides
   * tensors (compiled code, the engine's own caches, holes in the allocator's heap).
   */
  static final double FIRST_OVERSHOOT_BYTES = 64 << 20;

  private final SmartOpsConfig options;
  private final DeviceTelemetry telemetry;
  private final Optional<ResidentPeak> residentPeak;
  private final GrowthMeter growth;
  private DeviceSnapshot now = DeviceSnapshot.EMPTY;
  private double overshootBytes = FIRST_OVERSHOOT_BYTES;

  /**
   * What the memory looks like.
   *
   * @param headroomBytes bytes that may be allocated before a limit is reached, if any is known
   * @param usedBytes bytes that the process holds
   * @param limitBytes the most that the process may hold at present, as the user set it or others
   *     leave it
   */
  public record Reading(
      OptionalLong headroomBytes, OptionalLong usedBytes, OptionalLong limitBytes) {
    /** Nothing is known. */
    static final Reading UNKNOWN =
        new Reading(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
  }

  /**
   * A gauge.
   *
   * @param options the limits that the user set
   * @param telemetry where readings come from
   * @param allocated a cheap reading of allocated bytes, taken often while a micro-batch runs
   * @param residentPeak the system's count of the process's peak, if it is this device's
   */
  public MemoryGauge(
      SmartOpsConfig options,
      DeviceTelemetry telemetry,
      Supplier<OptionalLong> allocated,
      Optional<ResidentPeak> residentPeak) {
    this.options = options;
    this.telemetry = telemetry;
    this.residentPeak = residentPeak;
    this.growth = new GrowthMeter(allocated);
  }

  /** Reads the memory now. */
  Reading read() {
    now = telemetry.read();
    return new Reading(headroom(), now.usedBytes(), limit());
  }

  /** The most that the process may hold: what it holds and what is left, before any correction. */
  private OptionalLong limit() {
    OptionalLong left = LongStream.concat(soft(), now.availableBytes().stream()).min();
    return now.usedBytes().isPresent() && left.isPresent()
        ? OptionalLong.of(now.usedBytes().getAsLong() + left.getAsLong())
        : OptionalLong.empty();
  }

  /** Starts to measure growth. */
  void start() {
    growth.start();
    residentPeak.ifPresent(ResidentPeak::start);
  }

  /** Growth is high now: the sampling may miss it where the processors are busy. */
  void mark() {
    growth.mark();
  }

  /** Growth since {@link #start()}, at its peak. */
  OptionalLong stop() {
    OptionalLong grown = growth.stop();
    OptionalLong peak = residentPeak.map(ResidentPeak::windowBytes).orElse(OptionalLong.empty());
    if (grown.isPresent() && peak.isPresent() && now.usedBytes().isPresent()) {
      long expected = now.usedBytes().getAsLong() - retainedBytes() + grown.getAsLong();
      long excess = Math.max(0, peak.getAsLong() - Math.max(expected, now.usedBytes().getAsLong()));
      overshootBytes = Math.max((double) excess, OVERSHOOT_FADING * overshootBytes);
    }
    return grown;
  }

  /** Ends a measurement whose outcome does not matter. */
  void abandon() {
    growth.stop();
  }

  private long retainedBytes() {
    return now.reusableBytes().orElse(0);
  }

  private OptionalLong headroom() {
    OptionalLong soft = soft().map(bytes -> bytes - (long) overshootBytes).min();
    OptionalLong hard =
        LongStream.concat(
                now.availableBytes().stream(),
                now.hardHeadroomBytes().stream().map(s -> s - ADDRESS_SPACE_RESERVE_BYTES))
            .min();
    OptionalLong least = LongStream.concat(soft.stream(), hard.stream()).min();
    return least.isPresent()
        ? OptionalLong.of(Math.max(0, least.getAsLong() + retainedBytes()))
        : OptionalLong.empty();
  }

  private LongStream soft() {
    return LongStream.concat(byLimit(), byFraction());
  }

  private LongStream byLimit() {
    return options.memoryLimitBytes().isPresent() && now.usedBytes().isPresent()
        ? LongStream.of(options.memoryLimitBytes().getAsLong() - now.usedBytes().getAsLong())
        : LongStream.empty();
  }

  private LongStream byFraction() {
    boolean asked = options.memoryFraction().isPresent() || options.memoryLimitBytes().isEmpty();
    if (!asked || now.availableBytes().isEmpty() || now.capacityBytes().isEmpty()) {
      return LongStream.empty();
    }
    double fraction = options.memoryFraction().orElse(SmartOpsConfig.DEFAULT_MEMORY_FRACTION);
    double kept = (1 - fraction) * now.capacityBytes().getAsLong();
    return LongStream.of(now.availableBytes().getAsLong() - (long) kept);
  }

  @Override
  public void close() {
    growth.close();
  }
}
