package io.smartops.loop;

import io.smartops.SmartOpsConfig;
import io.smartops.telemetry.DeviceSnapshot;
import io.smartops.telemetry.DeviceTelemetry;
import io.smartops.telemetry.GrowthMeter;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/**
 * Turns a device's readings into what the controller asks: how much may be allocated, and how much
 * a micro-batch did allocate.
 *
 * <p>With capacity C, available A, used U, reusable R (freed but kept by the allocator) and address
 * space still free S, the headroom is the least of those that can be read:
 *
 * <ul>
 *   <li>{@code limit − U + R}, for a limit set in bytes;
 *   <li>{@code A − (1 − fraction)·C + R}, for a share of the device: what others hold counts
 *       against the share;
 *   <li>{@code A + R}: nobody can have more than there is;
 *   <li>{@code S + R − }{@link #ADDRESS_SPACE_RESERVE_BYTES}.
 * </ul>
 *
 * <p>Not thread-safe: belongs to the thread that trains on the device.
 */
public final class MemoryGauge implements AutoCloseable {
  /**
   * Address space that is left alone: threads of the JVM and the allocator's arenas take it in
   * pieces of this size, and a retry with less was seen to fail again.
   */
  static final long ADDRESS_SPACE_RESERVE_BYTES = 64L << 20;

  private final SmartOpsConfig options;
  private final DeviceTelemetry telemetry;
  private final GrowthMeter growth;

  /**
   * What the memory looks like.
   *
   * @param headroomBytes bytes that may be allocated before a limit is reached, if any is known
   * @param usedBytes bytes that the process holds
   * @param limitBytes the most that the process may hold at present
   */
  public record Reading(
      OptionalLong headroomBytes, OptionalLong usedBytes, OptionalLong limitBytes) {}

  /**
   * A gauge.
   *
   * @param options the limits that the user set
   * @param telemetry where readings come from
   * @param allocated a cheap reading of allocated bytes, taken often while a micro-batch runs
   */
  public MemoryGauge(
      SmartOpsConfig options, DeviceTelemetry telemetry, Supplier<OptionalLong> allocated) {
    this.options = options;
    this.telemetry = telemetry;
    this.growth = new GrowthMeter(allocated);
  }

  /** Reads the memory now. */
  public Reading read() {
    DeviceSnapshot now = telemetry.read();
    long reusable = now.reusableBytes().orElse(0);
    OptionalLong headroom = least(now, reusable);
    OptionalLong used = now.usedBytes();
    OptionalLong limit =
        used.isPresent() && headroom.isPresent()
            ? OptionalLong.of(used.getAsLong() - reusable + headroom.getAsLong())
            : OptionalLong.empty();
    return new Reading(headroom, used, limit);
  }

  /** Starts to measure growth. */
  void start() {
    growth.start();
  }

  /** Growth since {@link #start()}, at its peak. */
  OptionalLong stop() {
    return growth.stop();
  }

  private OptionalLong least(DeviceSnapshot now, long reusable) {
    OptionalLong least =
        LongStream.concat(
                LongStream.concat(byLimit(now), byFraction(now)),
                LongStream.concat(
                    now.availableBytes().stream(),
                    now.hardHeadroomBytes().stream().map(s -> s - ADDRESS_SPACE_RESERVE_BYTES)))
            .min();
    return least.isPresent()
        ? OptionalLong.of(Math.max(0, least.getAsLong() + reusable))
        : OptionalLong.empty();
  }

  private LongStream byLimit(DeviceSnapshot now) {
    return options.memoryLimitBytes().isPresent() && now.usedBytes().isPresent()
        ? LongStream.of(options.memoryLimitBytes().getAsLong() - now.usedBytes().getAsLong())
        : LongStream.empty();
  }

  private LongStream byFraction(DeviceSnapshot now) {
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
