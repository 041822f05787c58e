package io.smartops.nvml.sampler;

import io.smartops.nvml.Nvml;
import io.smartops.nvml.reading.Reading;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Samples all devices in the background.
 *
 * <pre>{@code
 * try (GpuSampler sampler = GpuSampler.start(nvml)) {
 *   GpuSnapshot now = sampler.latest();
 * }
 * }</pre>
 *
 * <p>{@link #latest} is one volatile read, from any thread. Nothing that the driver does gets out
 * as an exception: a device that is lost, a function that begins to fail, a driver that hangs, each
 * is a status in the next snapshot, and readings come back when the driver does.
 *
 * <p>Threads: the driver's thread reads; the sampler's own daemon thread keeps time, gives the
 * driver up after {@link io.smartops.nvml.NvmlOptions#callTimeout}, and calls the subscribers, so
 * that neither a wedged driver nor a slow subscriber can stop the other.
 */
public final class GpuSampler implements AutoCloseable {
  /** Snapshots that are kept: one minute at the default cadence. */
  public static final int DEFAULT_HISTORY = 600;

  private static final Logger LOG = LoggerFactory.getLogger(GpuSampler.class);

  private final Nvml nvml;
  private final Cycle cycle;
  private final int historyLimit;
  private final Deque<GpuSnapshot> history = new ArrayDeque<>();
  private final List<Consumer<GpuSnapshot>> subscribers = new CopyOnWriteArrayList<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(GpuSampler::daemon);
  private volatile GpuSnapshot latest = GpuSnapshot.NONE;
  private boolean closed;

  private GpuSampler(Nvml nvml, Cadence cadence, int historyLimit) {
    if (historyLimit < 1) {
      throw new IllegalArgumentException("historyLimit must be at least 1, but is " + historyLimit);
    }
    this.nvml = nvml;
    this.cycle = new Cycle(nvml, cadence);
    this.historyLimit = historyLimit;
  }

  /** Starts with the default cadence; the first snapshot is there when this returns. */
  public static GpuSampler start(Nvml nvml) {
    return start(nvml, Cadence.DEFAULT, DEFAULT_HISTORY);
  }

  /**
   * Starts with another cadence.
   *
   * @param historyLimit how many snapshots are kept, at least 1
   */
  public static GpuSampler start(Nvml nvml, Cadence cadence, int historyLimit) {
    GpuSampler sampler = manual(nvml, cadence, historyLimit);
    long nanos = cadence.fast().toNanos();
    sampler.sampleNow();
    var unused =
        sampler.timer.scheduleWithFixedDelay(sampler::tick, nanos, nanos, TimeUnit.NANOSECONDS);
    return sampler;
  }

  /**
   * A sampler that samples only when {@link #sampleNow} is called, for tests and one-shot tools.
   */
  public static GpuSampler manual(Nvml nvml, Cadence cadence, int historyLimit) {
    return new GpuSampler(nvml, cadence, historyLimit);
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "smartops-nvml-sampler");
    thread.setDaemon(true);
    return thread;
  }

  /** The newest snapshot; number 0, NOT_READY and without devices before the first. */
  public GpuSnapshot latest() {
    return latest;
  }

  /** Past snapshots, oldest first. */
  public List<GpuSnapshot> history() {
    synchronized (history) {
      return List.copyOf(history);
    }
  }

  /**
   * Calls {@code subscriber} with each new snapshot, on the sampler's thread. What it throws is
   * logged and goes no further.
   *
   * @return ends the subscription
   */
  public Runnable subscribe(Consumer<GpuSnapshot> subscriber) {
    subscribers.add(subscriber);
    return () -> subscribers.remove(subscriber);
  }

  /** The timer would end with the first exception. */
  private void tick() {
    try {
      sampleNow();
    } catch (RuntimeException e) {
      LOG.warn("A round of GPU readings failed unexpectedly", e);
    }
  }

  /** Samples what is due now and gives the snapshot, which is also published. */
  public GpuSnapshot sampleNow() {
    Reading<GpuSnapshot> reading = nvml.sample("sample", cycle::run);
    synchronized (this) {
      if (!closed) {
        publish(number(reading));
      }
      return latest;
    }
  }

  private GpuSnapshot number(Reading<GpuSnapshot> reading) {
    GpuSnapshot before = latest;
    return reading
        .toOptional()
        .map(taken -> taken.after(before))
        .orElseGet(() -> before.unanswered(reading.status()));
  }

  private void publish(GpuSnapshot snapshot) {
    latest = snapshot;
    synchronized (history) {
      if (history.size() == historyLimit) {
        history.removeFirst();
      }
      history.addLast(snapshot);
    }
    subscribers.forEach(subscriber -> tell(subscriber, snapshot));
  }

  private static void tell(Consumer<GpuSnapshot> subscriber, GpuSnapshot snapshot) {
    try {
      subscriber.accept(snapshot);
    } catch (RuntimeException e) {
      LOG.warn("A subscriber of GPU snapshots failed", e);
    }
  }

  /** Stops sampling. The Nvml stays open. Returns at once where the driver is wedged. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    timer.shutdownNow();
    nvml.batch(
        "end of sampling",
        () -> {
          cycle.close();
          return true;
        });
  }
}
