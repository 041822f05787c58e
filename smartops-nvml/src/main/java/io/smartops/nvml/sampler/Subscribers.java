package io.smartops.nvml.sampler;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Those who want to be told of new snapshots. While they are slow, a newer snapshot takes the place
 * of one that waits, so that nothing piles up. Thread-safe.
 */
final class Subscribers {
  private static final Logger LOG = LoggerFactory.getLogger(Subscribers.class);

  private final List<Consumer<GpuSnapshot>> all = new CopyOnWriteArrayList<>();
  private final AtomicReference<@Nullable GpuSnapshot> waiting = new AtomicReference<>();
  private final Executor executor;

  /**
   * @param executor where they are called, one snapshot after the other
   */
  Subscribers(Executor executor) {
    this.executor = executor;
  }

  Runnable add(Consumer<GpuSnapshot> subscriber) {
    all.add(subscriber);
    return () -> all.remove(subscriber);
  }

  /** Wakes nobody where there are no subscribers. */
  void announce(GpuSnapshot snapshot) {
    if (!all.isEmpty() && waiting.getAndSet(snapshot) == null) {
      executor.execute(this::tellAll);
    }
  }

  private void tellAll() {
    GpuSnapshot newest = waiting.getAndSet(null);
    if (newest != null) {
      all.forEach(subscriber -> tell(subscriber, newest));
    }
  }

  private static void tell(Consumer<GpuSnapshot> subscriber, GpuSnapshot snapshot) {
    try {
      subscriber.accept(snapshot);
    } catch (RuntimeException | Error e) {
      LOG.warn("A subscriber of GPU snapshots failed", e);
    }
  }
}
