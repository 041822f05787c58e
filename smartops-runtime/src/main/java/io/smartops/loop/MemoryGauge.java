package io.smartops.loop;

import io.smartops.SmartOpsConfig;
import io.smartops.telemetry.DeviceSnapshot;
import io.smartops.telemetry.DeviceTelemetry;
import io.smartops.telemetry.GrowthMeter;
import io.smartops.telemetry.ResidentPeak;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

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
 * <p>Retained memory is what was freed but stays with the process, to be used again. The
 * allocator's own figure also counts pages that it has given back, so it is believed only as far as
 * the process has grown for no other reason: {@code R = min(reusable, ΔU − Δallocated − ΔJava
 * heap)} since the first reading.
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
  static final double OVERSHOOT_FADING = 0.8;

  private final SmartOpsConfig options;
  private final DeviceTelemetry telemetry;
  private final Optional<ResidentPeak> residentPeak;
  private final LongSupplier javaBytes;
  private final GrowthMeter growth;
  private @Nullable Level first;
  private Level now = Level.UNKNOWN;
  private double overshootBytes;

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

  /** What the process held at one moment. */
  private record Level(
      OptionalLong usedBytes, OptionalLong allocatedBytes, long reusableBytes, long javaBytes) {
    static final Level UNKNOWN = new Level(OptionalLong.empty(), OptionalLong.empty(), 0, 0);

    long retainedSince(Level first) {
      if (usedBytes.isEmpty() || allocatedBytes.isEmpty() || first.allocatedBytes.isEmpty()) {
        return reusableBytes;
      }
      long unexplained =
          usedBytes.getAsLong()
              - first.usedBytes.orElse(0)
              - (allocatedBytes.getAsLong() - first.allocatedBytes.getAsLong())
              - (javaBytes - first.javaBytes);
      return Math.max(0, Math.min(reusableBytes, unexplained));
    }
  }

  /**
   * A gauge.
   *
   * @param options the limits that the user set
   * @param telemetry where readings come from
   * @param allocated a cheap reading of allocated bytes, taken often while a micro-batch runs
   * @param residentPeak the system's count of the process's peak, if it is this device's
   * @param javaBytes memory that the Java virtual machine holds for itself: heap, classes, code
   */
  public MemoryGauge(
      SmartOpsConfig options,
      DeviceTelemetry telemetry,
      Supplier<OptionalLong> allocated,
      Optional<ResidentPeak> residentPeak,
      LongSupplier javaBytes) {
    this.options = options;
    this.telemetry = telemetry;
    this.residentPeak = residentPeak;
    this.javaBytes = javaBytes;
    this.growth = new GrowthMeter(allocated);
  }

  /** Reads the memory now. */
  Reading read() {
    DeviceSnapshot snapshot = telemetry.read();
    now =
        new Level(
            snapshot.usedBytes(),
            snapshot.allocatedBytes(),
            snapshot.reusableBytes().orElse(0),
            javaBytes.getAsLong());
    if (first == null) {
      first = now;
    }
    long retained = now.retainedSince(first);
    return new Reading(headroom(snapshot, retained), now.usedBytes(), limit(snapshot));
  }

  /** The most that the process may hold: what it holds and what is left, before any correction. */
  private OptionalLong limit(DeviceSnapshot snapshot) {
    OptionalLong left = LongStream.concat(soft(snapshot), snapshot.availableBytes().stream()).min();
    return now.usedBytes().isPresent() && left.isPresent()
        ? OptionalLong.of(now.usedBytes().getAsLong() + left.getAsLong())
        : OptionalLong.empty();
  }

  /** Starts to measure growth. */
  void start() {
    growth.start();
    residentPeak.ifPresent(ResidentPeak::start);
  }

  /** Growth since {@link #start()}, at its peak. */
  OptionalLong stop() {
    OptionalLong grown = growth.stop();
    OptionalLong peak = residentPeak.map(ResidentPeak::windowBytes).orElse(OptionalLong.empty());
    if (grown.isPresent() && peak.isPresent() && now.usedBytes().isPresent() && first != null) {
      long expected = now.usedBytes().getAsLong() - now.retainedSince(first) + grown.getAsLong();
      long excess = Math.max(0, peak.getAsLong() - Math.max(expected, now.usedBytes().getAsLong()));
      overshootBytes = Math.max((double) excess, OVERSHOOT_FADING * overshootBytes);
    }
    return grown;
  }

  /** Ends a measurement whose outcome does not matter. */
  void abandon() {
    growth.stop();
  }

  private OptionalLong headroom(DeviceSnapshot snapshot, long retained) {
    OptionalLong soft = soft(snapshot).map(bytes -> bytes - (long) overshootBytes).min();
    OptionalLong hard =
        LongStream.concat(
                snapshot.availableBytes().stream(),
                snapshot.hardHeadroomBytes().stream().map(s -> s - ADDRESS_SPACE_RESERVE_BYTES))
            .min();
    OptionalLong least = LongStream.concat(soft.stream(), hard.stream()).min();
    return least.isPresent()
        ? OptionalLong.of(Math.max(0, least.getAsLong() + retained))
        : OptionalLong.empty();
  }

  private LongStream soft(DeviceSnapshot snapshot) {
    return LongStream.concat(byLimit(snapshot), byFraction(snapshot));
  }

  private LongStream byLimit(DeviceSnapshot snapshot) {
    return options.memoryLimitBytes().isPresent() && snapshot.usedBytes().isPresent()
        ? LongStream.of(options.memoryLimitBytes().getAsLong() - snapshot.usedBytes().getAsLong())
        : LongStream.empty();
  }

  private LongStream byFraction(DeviceSnapshot snapshot) {
    boolean asked = options.memoryFraction().isPresent() || options.memoryLimitBytes().isEmpty();
    if (!asked || snapshot.availableBytes().isEmpty() || snapshot.capacityBytes().isEmpty()) {
      return LongStream.empty();
    }
    double fraction = options.memoryFraction().orElse(SmartOpsConfig.DEFAULT_MEMORY_FRACTION);
    double kept = (1 - fraction) * snapshot.capacityBytes().getAsLong();
    return LongStream.of(snapshot.availableBytes().getAsLong() - (long) kept);
  }

  @Override
  public void close() {
    growth.close();
  }
}
