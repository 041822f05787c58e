package io.smartops.nvml;

import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one daemon thread on which the driver is called.
 *
 * <p>A call into a wedged driver cannot be interrupted. So callers wait for it no longer than the
 * timeout, and while it lasts every further call fails at once with TIMEOUT. When it returns after
 * all, readings work again. Nothing ever joins the thread, and it ends by itself when idle.
 */
final class DriverThread {
  private static final Logger LOG = LoggerFactory.getLogger(DriverThread.class);
  private static final long IDLE_SECONDS = 10;

  private final long timeoutNanos;
  private final ThreadPoolExecutor executor;
  private volatile Running running = Running.NOTHING;

  /** What the thread is doing, and since when. */
  private record Running(Thread thread, boolean busy, long sinceNanos) {
    static final Running NOTHING = new Running(new Thread(), false, 0);
  }

  DriverThread(Duration timeout) {
    timeoutNanos = timeout.toNanos();
    executor =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            DriverThread::daemon);
    executor.allowCoreThreadTimeOut(true);
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "smartops-nvml");
    thread.setDaemon(true);
    return thread;
  }

  /** Whether the current call has outlived its time. */
  boolean isWedged() {
    Running now = running;
    return now.busy() && System.nanoTime() - now.sinceNanos() > timeoutNanos;
  }

  /** Runs {@code work} on the thread, or fails with TIMEOUT. */
  <T> Reading<T> call(String subject, Supplier<Reading<T>> work) {
    Running now = running;
    if (now.busy() && now.thread() == Thread.currentThread()) {
      return work.get();
    }
    if (isWedged()) {
      return Reading.absent(NvmlStatus.TIMEOUT, subject);
    }
    FutureTask<Reading<T>> task = new FutureTask<>(() -> timed(work));
    executor.execute(task);
    return await(task, subject);
  }

  private <T> Reading<T> timed(Supplier<Reading<T>> work) {
    running = new Running(Thread.currentThread(), true, System.nanoTime());
    try {
      return work.get();
    } finally {
      running = Running.NOTHING;
    }
  }

  /** Waits in spite of interrupts, since the wait is bounded, and hands them on afterwards. */
  private <T> Reading<T> await(FutureTask<Reading<T>> task, String subject) {
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
      executor.remove(task);
      return Reading.absent(NvmlStatus.TIMEOUT, subject);
    } catch (ExecutionException e) {
      LOG.warn("NVML reading failed unexpectedly: {}", subject, e.getCause());
      return Reading.absent(NvmlStatus.UNKNOWN, subject);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
