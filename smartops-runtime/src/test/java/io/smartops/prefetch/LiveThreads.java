package io.smartops.prefetch;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Threads of this process by name. */
public final class LiveThreads {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private LiveThreads() {}

  /** An executor that makes a daemon thread of this name for each task. */
  static Executor perTask(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      thread.start();
    };
  }

  /** How many threads whose name starts so are alive now. */
  public static long now(String name) {
    return named(name).size();
  }

  /**
   * How many threads whose name starts so stay alive. One that has no work left may still be on its
   * way out, so they are waited for.
   */
  public static long staying(String name) throws InterruptedException {
    List<Thread> alive = named(name);
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    for (Thread thread : alive) {
      TimeUnit.NANOSECONDS.timedJoin(thread, Math.max(1, deadline - System.nanoTime()));
    }
    return alive.stream().filter(Thread::isAlive).count();
  }

  /** Those whose name starts so. */
  static List<Thread> named(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(name))
        .toList();
  }
}
