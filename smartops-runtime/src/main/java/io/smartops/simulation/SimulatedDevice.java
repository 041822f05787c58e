package io.smartops.simulation;

import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;

/**
 * A device that runs micro-batches in simulated time: launch cost, saturation and cache by {@link
 * Scenario}, memory by a caching allocator, and on top noise, drift, heat, neighbours and faults by
 * {@link Disturbance}.
 *
 * <p>Not thread-safe.
 */
public final class SimulatedDevice {

  /** Time to give kept memory back. */
  static final long FLUSH_NANOS = 20_000_000;

  /** Share of a micro-batch's time that is lost when it fails. */
  static final double LOST_SHARE = 0.5;

  /** Time that an operation takes longer when its size is new: kernels are chosen and built. */
  static final double NEW_SIZE_LAUNCHES = 5;

  /** Noise of memory growth, relative. */
  private static final double GROWTH_NOISE = 0.005;

  private final Scenario scenario;
  private final ManualClock clock;
  private final Random random;
  private final CachingAllocator allocator;
  private final Set<Shape> knownSizes = new HashSet<>();
  private OptionalLong latestReading = OptionalLong.empty();
  private long step = 1;
  private boolean failsSuddenly;

  /**
   * What became of a micro-batch.
   *
   * @param outOfMemory whether it failed for want of memory
   * @param accident whether there would have been enough
   * @param growthBytes how far memory rose; absent when it failed
   * @param nanos what it took
   */
  public record Run(boolean outOfMemory, boolean accident, OptionalLong growthBytes, long nanos) {}

  private record Shape(int size, Arithmetic arithmetic) {}

  /** A device at the first step of a scenario. */
  public SimulatedDevice(Scenario scenario, ManualClock clock) {
    this.scenario = scenario;
    this.clock = clock;
    random = new Random(scenario.seed());
    allocator =
        new CachingAllocator(scenario.work().modelBytes(), scenario.disturbance().fragmentation());
  }

  /** The world moves on to a logical step. */
  public void enter(long newStep) {
    step = newStep;
    failsSuddenly = random.nextDouble() < scenario.disturbance().suddenFailures();
  }

  /** Bytes that can still be had, as telemetry tells it. */
  public OptionalLong headroomBytes() {
    double fault = random.nextDouble();
    Disturbance disturbance = scenario.disturbance();
    if (fault < disturbance.blindReadings()) {
      return OptionalLong.empty();
    }
    if (fault >= disturbance.blindReadings() + disturbance.staleReadings()) {
      double free = deviceBytes() - allocator.reservedBytes() + allocator.keptBytes();
      latestReading = OptionalLong.of((long) Math.max(0, free));
    }
    return latestReading;
  }

  /** Memory that this process holds. */
  public long usedBytes() {
    return (long) allocator.reservedBytes();
  }

  /** Memory that this process may hold at present. */
  double deviceBytes() {
    return scenario.device().memoryBytes() - scenario.disturbance().neighbourBytes(step);
  }

  /** Runs a micro-batch forward and backward. */
  public Run run(int size, Arithmetic arithmetic) {
    double growth =
        scenario.growthBytes(size, arithmetic) * (1 - GROWTH_NOISE * random.nextDouble());
    CachingAllocator.Outcome outcome = allocator.use(growth, deviceBytes());
    double nanos = scenario.microBatchNanos(size, arithmetic) * noise();
    if (knownSizes.add(new Shape(size, arithmetic))) {
      nanos += NEW_SIZE_LAUNCHES * scenario.work().kernels() * scenario.device().launchNanos();
    }
    if (outcome != CachingAllocator.Outcome.SERVED) {
      nanos += FLUSH_NANOS;
    }
    boolean sudden = failsSuddenly;
    failsSuddenly = false;
    boolean tooLarge = outcome == CachingAllocator.Outcome.OUT_OF_MEMORY;
    if (sudden || tooLarge) {
      long lost = spend(LOST_SHARE * nanos + FLUSH_NANOS);
      return new Run(true, !tooLarge, OptionalLong.empty(), lost);
    }
    return new Run(false, false, OptionalLong.of((long) growth), spend(nanos));
  }

  /** Runs the optimizer's step. */
  public void step() {
    spend(scenario.stepNanos() * slowdown());
  }

  private long spend(double nanos) {
    long spent = Math.max(1, (long) nanos);
    clock.advanceNanos(spent);
    return spent;
  }

  private double slowdown() {
    return scenario.disturbance().slowdown(step);
  }

  private double noise() {
    Disturbance disturbance = scenario.disturbance();
    double usual = Math.exp(disturbance.noise() * random.nextGaussian());
    double spike = random.nextDouble() < disturbance.spikes() ? Disturbance.SPIKE : 1;
    return usual * spike * slowdown();
  }
}
