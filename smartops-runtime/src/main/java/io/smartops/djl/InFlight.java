package io.smartops.djl;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An executor that remembers what it was given, so that it can be waited for: DJL's loops hand each
 * device's share to the trainer's executor and go on without joining, nor looking at failures.
 *
 * <p>A failure does not come out of the task that DJL submits (it ends in a future that nobody
 * reads), so whoever fails says so by {@link #failed(Throwable)}.
 *
 * <p>Thread-safe.
 */
final class InFlight extends AbstractExecutorService {
  private static final ThreadLocal<Boolean> IN_TASK = ThreadLocal.withInitial(() -> false);

  private final ExecutorService executor;
  private final Queue<FutureTask<?>> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  InFlight(ExecutorService executor) {
    this.executor = executor;
  }

  @Override
  public void execute(Runnable work) {
    FutureTask<?> task = new FutureTask<>(() -> run(work), null);
    tasks.add(task);
    executor.execute(task);
  }

  private static void run(Runnable work) {
    IN_TASK.set(true);
    try {
      work.run();
    } finally {
      IN_TASK.remove();
    }
  }

  /** Remembers a failure, if it happens in one of the tasks and is the first. */
  void failed(Throwable t) {
    if (IN_TASK.get()) {
      failure.compareAndSet(null, t);
    }
  }

  /** Runs {@code work}; a failure is also told to {@code inFlight}, if there is one. */
  static <T> T reporting(@Nullable InFlight inFlight, Supplier<T> work) {
    try {
      return work.get();
    } catch (RuntimeException | Error e) {
      if (inFlight != null) {
        inFlight.failed(e);
      }
      throw e;
    }
  }

  /** Waits for all tasks; throws the first failure. */
  void join() {
    boolean interrupted = false;
    for (FutureTask<?> task = tasks.poll(); task != null; task = tasks.poll()) {
      interrupted |= awaitOne(task);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    Throwable first = failure.getAndSet(null);
    if (first != null) {
      throw Failures.unchecked(first);
    }
  }

  /** Waits even when interrupted, since the tasks use arrays that the caller is about to close. */
  private static boolean awaitOne(FutureTask<?> task) {
    boolean interrupted = false;
    while (!task.isDone()) {
      try {
        task.get();
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (ExecutionException e) {
        // Reported by failed(Throwable), if it concerns the step.
      }
    }
    return interrupted;
  }

  @Override
  public void shutdown() {
    executor.shutdown();
  }

  @Override
  public List<Runnable> shutdownNow() {
    return executor.shutdownNow();
  }

  @Override
  public boolean isShutdown() {
    return executor.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return executor.isTerminated();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return executor.awaitTermination(timeout, unit);
  }
}
