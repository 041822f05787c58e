package io.smartops.telemetry;

import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Measures by how much native memory grows during a micro-batch. The peak of forward and backward
 * lies inside native calls, so a thread of this meter takes readings meanwhile:
 *
 * <p>{@code growth = max(readings from start to stop) − reading at start}, at least 0.
 *
 * <p>The first and the last reading are the caller's own, at {@link #start()} and {@link #stop()};
 * those between come every millisecond, or more seldom where a reading is dear: the thread rests
 * {@code max(CADENCE_NANOS, REST_PER_COST · cost of the reading)}. A peak that is shorter may be
 * missed, so the growth is a lower bound.
 *
 * <p>Regimes: outside of a window the thread is parked and costs nothing; it starts with the first
 * window. One window at a time: {@code start()} in an open window begins a new one. Where the
 * reading is absent, so is the growth, and no thread is started.
 *
 * <p>{@code start}, {@code stop} and {@code close} belong to one thread, or to several that order
 * them among themselves.
 */
public final class GrowthMeter implements AutoCloseable {
  /**
   * Readings within a window are at least this far apart. The peak of training steps of 80 ms and
   * more came out below 0.2 % low in the median, and 8 % low in the worst of 144 steps.
   */
  static final long CADENCE_NANOS = 1_000_000;

  /**
   * Rest after a reading, as a multiple of its cost: at most 1/21 of one core goes into readings,
   * however fragmented the heap is that they walk.
   */
  static final long REST_PER_COST = 20;

  /** Where the estimate of that cost starts; no reading is cheaper. */
  static final long LEAST_COST_NANOS = 1_000;

  private final Supplier<OptionalLong> reading;
  private @Nullable Thread sampler;
  private volatile @Nullable Window window;
  private volatile boolean closed;

  private record Window(long baselineBytes, AtomicLong peakBytes) {
    static Window from(long baselineBytes) {
      return new Window(baselineBytes, new AtomicLong(baselineBytes));
    }

    void record(long bytes) {
      peakBytes.accumulateAndGet(bytes, Math::max);
    }

    long growthBytes() {
      return peakBytes.get() - baselineBytes;
    }
  }

  /** Measures the growth of {@code reading}, which is taken from two threads. */
  public GrowthMeter(Supplier<OptionalLong> reading) {
    this.reading = reading;
  }

  /**
   * Opens a window.
   *
   * @return the reading that growth is measured from; absent if there is none
   */
  public OptionalLong start() {
    OptionalLong baseline = reading.get();
    window = baseline.isPresent() && !closed ? Window.from(baseline.getAsLong()) : null;
    if (window != null) {
      LockSupport.unpark(runningSampler());
    }
    return baseline;
  }

  /**
   * Takes a reading now, at a moment that the caller knows to be high; outside of a window, none.
   */
  public void mark() {
    Window current = window;
    if (current != null) {
      reading.get().ifPresent(current::record);
    }
  }

  /**
   * Closes the window.
   *
   * @return the growth in bytes above the reading at the start; absent without an open window
   */
  public OptionalLong stop() {
    Window ended = window;
    window = null;
    if (ended == null) {
      return OptionalLong.empty();
    }
    reading.get().ifPresent(ended::record);
    return OptionalLong.of(ended.growthBytes());
  }

  /** Ends the meter's thread. Later windows have no growth. */
  @Override
  public void close() {
    closed = true;
    window = null;
    Thread running = sampler;
    sampler = null;
    if (running != null) {
      LockSupport.unpark(running);
      join(running);
    }
  }

  private Thread runningSampler() {
    Thread running = sampler;
    if (running == null) {
      running = new Thread(this::sample, "smartops-growth-meter");
      running.setDaemon(true);
      running.start();
      sampler = running;
    }
    return running;
  }

  private void sample() {
    long costNanos = LEAST_COST_NANOS;
    while (!closed) {
      Window current = window;
      if (current == null) {
        LockSupport.park(this);
      } else {
        costNanos = costNanos(costNanos, recordTimed(current));
        LockSupport.parkNanos(this, restNanos(costNanos));
      }
    }
  }

  private long recordTimed(Window current) {
    long startNanos = System.nanoTime();
    reading.get().ifPresent(current::record);
    return System.nanoTime() - startNanos;
  }

  /** A reading that was preempted looks dear, so the estimate at most doubles at once. */
  static long costNanos(long estimateNanos, long measuredNanos) {
    return Math.max(LEAST_COST_NANOS, Math.min(measuredNanos, 2 * estimateNanos));
  }

  static long restNanos(long costNanos) {
    return Math.max(CADENCE_NANOS, REST_PER_COST * costNanos);
  }

  private static void join(Thread ending) {
    try {
      ending.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
