package io.smartops.nvml.sampler;

import io.smartops.nvml.Nvml;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

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
 * <p>Threads: the driver's thread wakes itself, reads and publishes. The sampler's own daemon
 * thread sleeps. It is woken to call subscribers, if there are any, and once in {@link
 * Nvml#callTimeout} to see whether anything came: where not, it publishes a snapshot that says
 * TIMEOUT. So neither a wedged driver nor a slow subscriber can stop the other, and sampling costs
 * one waking a round.
 */
public final class GpuSampler implements AutoCloseable {
  /** Snapshots that are kept: one minute at the default cadence. */
  public static final int DEFAULT_HISTORY = 240;

  private final Nvml nvml;
  private final Cycle cycle;
  private final int historyLimit;
  private final long patienceNanos;
  private final ScheduledThreadPoolExecutor helper =
      new ScheduledThreadPoolExecutor(
          1, GpuSampler::daemon, new ThreadPoolExecutor.DiscardPolicy());
  private final Subscribers subscribers;
  private volatile GpuSnapshot latest = GpuSnapshot.NONE;

  /** Also the lock of all that follows, and of writing {@link #latest}. */
  private final Deque<GpuSnapshot> history = new ArrayDeque<>();

  private long publishedNanos;
  private boolean closed;
  private Runnable endOfRounds = () -> {};

  private GpuSampler(Nvml nvml, Cadence cadence, int historyLimit, boolean background) {
    if (historyLimit < 1) {
      throw new IllegalArgumentException("historyLimit must be at least 1, but is " + historyLimit);
    }
    this.nvml = nvml;
    this.cycle = new Cycle(nvml, cadence);
    this.historyLimit = historyLimit;
    this.patienceNanos = cadence.fast().plus(nvml.callTimeout()).toNanos();
    Executor executor = background ? helper : Runnable::run;
    this.subscribers = new Subscribers(executor);
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
    GpuSampler sampler = new GpuSampler(nvml, cadence, historyLimit, true);
    sampler.sampleNow();
    sampler.endOfRounds =
        nvml.sampleEvery(cadence.fast(), "sample", sampler.cycle::run, sampler::publish);
    sampler.watch();
    return sampler;
  }

  /**
   * A sampler that samples only when {@link #sampleNow} is called, for tests and one-shot tools. It
   * has no thread, and calls subscribers on the caller's.
   */
  public static GpuSampler manual(Nvml nvml, Cadence cadence, int historyLimit) {
    return new GpuSampler(nvml, cadence, historyLimit, false);
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
   * Calls {@code subscriber} with new snapshots, on the sampler's thread. One that is slower than
   * the cadence misses some. What it throws is logged and goes no further.
   *
   * @return ends the subscription
   */
  public Runnable subscribe(Consumer<GpuSnapshot> subscriber) {
    return subscribers.add(subscriber);
  }

  /** Samples what is due now and gives the snapshot, which is also published. */
  public GpuSnapshot sampleNow() {
    publish(nvml.sample("sample", cycle::run));
    return latest;
  }

  private void publish(Reading<GpuSnapshot> reading) {
    synchronized (history) {
      if (closed) {
        return;
      }
      latest = number(reading);
      publishedNanos = System.nanoTime();
      if (history.size() == historyLimit) {
        history.removeFirst();
      }
      history.addLast(latest);
    }
    subscribers.announce(latest);
  }

  private GpuSnapshot number(Reading<GpuSnapshot> reading) {
    GpuSnapshot before = latest;
    return reading
        .toOptional()
        .map(taken -> taken.after(before))
        .orElseGet(() -> before.unanswered(reading.status()));
  }

  /** Says TIMEOUT where no round ended in time; sleeps until the next one would be late. */
  private void watch() {
    if (patienceLeft() <= 0) {
      publish(Reading.absent(NvmlStatus.TIMEOUT, "sample"));
    }
    var unused = helper.schedule(this::watch, patienceLeft(), TimeUnit.NANOSECONDS);
  }

  private long patienceLeft() {
    synchronized (history) {
      return publishedNanos + patienceNanos - System.nanoTime();
    }
  }

  /** Stops sampling. The Nvml stays open. Returns at once where the driver is wedged. */
  @Override
  public void close() {
    synchronized (history) {
      if (closed) {
        return;
      }
      closed = true;
    }
    endOfRounds.run();
    helper.shutdownNow();
    nvml.batch(
        "end of sampling",
        () -> {
          cycle.close();
          return true;
        });
  }
}
