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
 * <p>The first two are limits that nothing enforces: of these {@link #reserveBytes} are left free,
 * and {@link HoldBack} for pages that growth in bytes does not explain. Where the system counts the
 * peak of resident memory, {@link #pressureBytes} says by how much that reserve was used up.
 *
 * <p>Not thread-safe: belongs to the thread that trains on the device.
 */
public final class MemoryGauge implements AutoCloseable {
  /**
   * Address space that is left alone: threads of the JVM and the allocator's arenas take it in
   * pieces of this size, and a retry with less was seen to fail again.
   */
  static final long ADDRESS_SPACE_RESERVE_BYTES = 64L << 20;

  /** One part in so many of this reserve may always be planned with while half of it is there. */
  static final int ADDRESS_PART = 8;

  /** One part in so many of a limit is left free, since pages come and go that nobody plans. */
  static final int RESERVE_PART = 32;

  /**
   * One part in so many of the reserve may always be planned with, however far the process is above
   * its limit: what smaller micro-batches would save is less than what the allocator's pages move,
   * and they would crawl.
   */
  static final int LEAST_PART = 2;

  /** No more than this is left free of a large limit. */
  static final long MOST_RESERVE_BYTES = 64L << 20;

  /** What the JVM's compiler and the loader's threads may take while a micro-batch runs. */
  static final long OTHERS_BYTES = 32L << 20;

  private final SmartOpsConfig options;
  private final DeviceTelemetry telemetry;
  private final Optional<ResidentPeak> residentPeak;
  private final GrowthMeter growth;
  private DeviceSnapshot now = DeviceSnapshot.EMPTY;
  private final HoldBack holdBack = new HoldBack();
  private final NewPages newPages = new NewPages();
  private boolean watching;
  private boolean keptFits = true;
  private long pressureBytes;
  private long unmeasuredBytes;

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
    unmeasuredBytes = 0;
    pressureBytes = now.usedBytes().isPresent() ? pressure(now.usedBytes().getAsLong()) : 0;
    return new Reading(headroom(), now.usedBytes(), limit());
  }

  /** The most that the process may hold: what it holds and what is left, before any correction. */
  private OptionalLong limit() {
    OptionalLong left = LongStream.concat(unreserved(), now.availableBytes().stream()).min();
    return now.usedBytes().isPresent() && left.isPresent()
        ? OptionalLong.of(now.usedBytes().getAsLong() + left.getAsLong())
        : OptionalLong.empty();
  }

  /** Whether what the allocator keeps fits what runs next, rather than being added to it. */
  void expect(boolean fits) {
    keptFits = fits;
  }

  /** Starts to measure growth, and to watch the peak of resident memory. */
  void start() {
    growth.start();
    watch();
  }

  /** Only watches the peak: that takes some 20 µs, measuring takes 100 µs. */
  void watch() {
    watching = residentPeak.isPresent() && residentPeak.get().start();
  }

  /** Growth is high now: the sampling may miss it where the processors are busy. */
  void mark() {
    growth.mark();
  }

  /** Growth since {@link #start()}, at its peak; absent if growth was not measured. */
  OptionalLong stop() {
    OptionalLong grown = growth.stop();
    OptionalLong peak = windowPeak();
    OptionalLong start = residentPeak.map(ResidentPeak::startBytes).orElse(OptionalLong.empty());
    if (peak.isPresent() && start.isPresent()) {
      long newBytes = Math.max(0, peak.getAsLong() - start.getAsLong());
      unmeasuredBytes = grown.isPresent() ? 0 : newBytes;
      pressureBytes = pressure(peak.getAsLong());
      newPages.window(newBytes, keptFits);
      long kept = keptFits ? retainedBytes() : 0;
      grown.ifPresent(bytes -> holdBack.window(newBytes, kept, bytes));
    }
    return grown;
  }

  /**
   * The same of what is no micro-batch: its peak says nothing of those, nor would smaller ones
   * relieve it.
   */
  OptionalLong stopAside() {
    watching = false;
    return growth.stop();
  }

  private OptionalLong windowPeak() {
    boolean watched = watching;
    watching = false;
    return watched ? residentPeak.orElseThrow().windowBytes() : OptionalLong.empty();
  }

  /**
   * By how much the process passed its limit less the reserve: in the latest window, or, if the
   * memory was read since, at that moment. 0 if it did not.
   */
  long pressureBytes() {
    return pressureBytes;
  }

  /** Whether so many bytes of new pages would use up the reserve of a limit. */
  boolean wouldPass(long growthBytes) {
    return soft().anyMatch(left -> left < growthBytes);
  }

  /**
   * The same of bytes that were measured before: of the share that nobody asked for, no reserve is
   * left free, since it is one by itself.
   */
  boolean wouldPassIfMeasured(long growthBytes) {
    LongStream left =
        options.memoryFraction().isPresent()
            ? soft()
            : LongStream.concat(byLimit().map(this::lessReserve), byFraction());
    return left.anyMatch(bytes -> bytes < growthBytes);
  }

  /**
   * Whether so many bytes of new pages might end the process: more than the system or the control
   * group gives, less {@link #OTHERS_BYTES}.
   */
  boolean isDeadly(long growthBytes) {
    return givesLessThan(growthBytes + OTHERS_BYTES);
  }

  /**
   * The most bytes that may be allocated without being {@link #isDeadly} once what the allocator
   * keeps is given back, if that is known.
   */
  OptionalLong givenBytes() {
    OptionalLong available = now.availableBytes();
    return available.isPresent()
        ? OptionalLong.of(available.getAsLong() + retainedBytes() - OTHERS_BYTES)
        : available;
  }

  /**
   * Bytes of new pages that {@code bytes} may need which run in what the allocator keeps of the
   * ones before; all of them where the system does not tell.
   */
  long newPageBytes(long bytes) {
    return residentPeak.isPresent() ? newPages.most(bytes, retainedBytes()) : bytes;
  }

  /**
   * Bytes that can be allocated before the limit that the user set or the system enforces, if any
   * is known; nothing is left free.
   */
  OptionalLong leftBytes() {
    OptionalLong least = LongStream.concat(byLimit(), now.availableBytes().stream()).min();
    return least.isPresent() ? OptionalLong.of(least.getAsLong() + retainedBytes()) : least;
  }

  /**
   * Plans the next micro-batches smaller by the pressure, as far as smaller ones relieve it, and
   * unless its window was measured: then what it showed is held back already.
   */
  void holdBackPressure() {
    holdBack.add(Math.min(pressureBytes, unmeasuredBytes));
    pressureBytes = 0;
  }

  /** Ends a measurement whose outcome does not matter. */
  void abandon() {
    stopAside();
  }

  private long pressure(long residentBytes) {
    long left = soft().min().orElse(Long.MAX_VALUE);
    long ceiling = left == Long.MAX_VALUE ? left : now.usedBytes().orElse(0) + left;
    return Math.max(0, residentBytes - ceiling);
  }

  /** Whether the process's address space has an end. */
  boolean isAddressSpaceLimited() {
    return now.hardHeadroomBytes().isPresent();
  }

  /** Whether the system or the control group gives less than so many bytes more. */
  boolean givesLessThan(long bytes) {
    OptionalLong available = now.availableBytes();
    return available.isPresent() && available.getAsLong() < bytes;
  }

  /** What the allocator keeps. */
  long retainedBytes() {
    return now.reusableBytes().orElse(0);
  }

  private OptionalLong headroom() {
    OptionalLong soft = unreserved().map(this::planned).min();
    OptionalLong hard =
        LongStream.concat(
                now.availableBytes().stream(),
                now.hardHeadroomBytes().stream().map(MemoryGauge::addressSpace))
            .map(left -> left + retainedBytes())
            .min();
    OptionalLong least = LongStream.concat(soft.stream(), hard.stream()).min();
    return least.isPresent() ? OptionalLong.of(Math.max(0, least.getAsLong())) : least;
  }

  private static long addressSpace(long left) {
    long least =
        left > ADDRESS_SPACE_RESERVE_BYTES / 2 ? ADDRESS_SPACE_RESERVE_BYTES / ADDRESS_PART : 0;
    return Math.max(least, left - ADDRESS_SPACE_RESERVE_BYTES);
  }

  /** What may be planned with where {@code left} bytes of a limit are left. */
  private long planned(long left) {
    long reserve = reserveBytes(left);
    return Math.max(
        reserve / LEAST_PART, holdBack.leave(left - reserve + retainedBytes(), retainedBytes()));
  }

  /** What is left of the limits that nothing enforces, less the reserve. */
  private LongStream soft() {
    return unreserved().map(this::lessReserve);
  }

  private long lessReserve(long leftBytes) {
    return leftBytes - reserveBytes(leftBytes);
  }

  private long reserveBytes(long leftBytes) {
    long limit = now.usedBytes().orElse(0) + Math.max(0, leftBytes);
    return Math.min(MOST_RESERVE_BYTES, limit / RESERVE_PART);
  }

  private LongStream unreserved() {
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
