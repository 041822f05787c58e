package io.smartops.nvml;

import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one daemon thread on which the driver is called.
 *
 * <p>A call into a wedged driver cannot be interrupted. So callers wait for it no longer than the
 * timeout, and while it lasts every further call fails at once with TIMEOUT. When it returns after
 * all, readings work again. Nothing ever joins the thread, and it ends by itself when idle.
 *
 * <p>Work that repeats is woken here, by the thread that calls the driver anyway: waking costs more
 * than most readings, so that a second thread to keep time would double the price of sampling.
 */
final class DriverThread {
  private static final Logger LOG = LoggerFactory.getLogger(DriverThread.class);
  private static final long IDLE_SECONDS = 10;

  private final long timeoutNanos;
  private final ScheduledThreadPoolExecutor executor;
  private volatile @Nullable Running running;

  /** Work that may be in the driver, and since when. */
  private record Running(Thread thread, long sinceNanos) {}

  DriverThread(Duration timeout) {
    timeoutNanos = timeout.toNanos();
    executor = new ScheduledThreadPoolExecutor(1, DriverThread::daemon);
    executor.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    executor.allowCoreThreadTimeOut(true);
    executor.setRemoveOnCancelPolicy(true);
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "smartops-nvml");
    thread.setDaemon(true);
    return thread;
  }

  /** How long a caller waits for an answer. */
  Duration timeout() {
    return Duration.ofNanos(timeoutNanos);
  }

  /** Whether the current call has outlived its time. */
  boolean isWedged() {
    Running now = running;
    return now != null && System.nanoTime() - now.sinceNanos() > timeoutNanos;
  }

  /** Runs {@code work} on the thread, or fails with TIMEOUT. */
  <T> Reading<T> call(String subject, Supplier<Reading<T>> work) {
    Running now = running;
    if (now != null && now.thread() == Thread.currentThread()) {
      return work.get();
    }
    if (isWedged()) {
      return Reading.absent(NvmlStatus.TIMEOUT, subject);
    }
    return await(executor.submit(() -> timed(subject, work)), subject);
  }

  /**
   * Runs {@code work} on the thread again and again, first after {@code pause}.
   *
   * @param outcome takes each answer on the thread, after the driver was left
   * @return ends it
   */
  <T> Runnable repeat(
      String subject, Duration pause, Supplier<Reading<T>> work, Consumer<Reading<T>> outcome) {
    long nanos = pause.toNanos();
    Future<?> task =
        executor.scheduleWithFixedDelay(
            () -> outcome.accept(timed(subject, work)), nanos, nanos, TimeUnit.NANOSECONDS);
    return () -> task.cancel(false);
  }

  /** What the work throws, it throws no further. */
  private <T> Reading<T> timed(String subject, Supplier<Reading<T>> work) {
    running = new Running(Thread.currentThread(), System.nanoTime());
    try {
      return work.get();
    } catch (RuntimeException | Error e) {
      LOG.warn("NVML reading failed unexpectedly: {}", subject, e);
      return Reading.absent(NvmlStatus.UNKNOWN, subject);
    } finally {
      running = null;
    }
  }

  /** Waits in spite of interrupts, since the wait is bounded, and hands them on afterwards. */
  private <T> Reading<T> await(Future<Reading<T>> task, String subject) {
    long deadline = System.nanoTime() + timeoutNanos;
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (TimeoutException e) {
      task.cancel(false);
      return Reading.absent(NvmlStatus.TIMEOUT, subject);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a reading that lets nothing through did so", e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
