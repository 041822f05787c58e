package io.smartops.prefetch;

import java.util.ArrayList;
import java.util.List;

/** The worker threads. Guarded by the engine's lock, but for {@link #join}. */
final class Crew {
  private final String threadName;
  private final Runnable work;
  private final List<Thread> threads = new ArrayList<>();
  private long started;

  Crew(String threadName, Runnable work) {
    this.threadName = threadName;
    this.work = work;
  }

  int size() {
    return threads.size();
  }

  void startOne() {
    Thread thread = new Thread(work, threadName + "-" + ++started);
    thread.setDaemon(true);
    thread.start();
    threads.add(thread);
  }

  /** The calling worker is about to end. */
  void leave() {
    threads.remove(Thread.currentThread());
  }

  List<Thread> snapshot() {
    return List.copyOf(threads);
  }

  /**
   * Waits for threads to end, whatever interrupts come.
   *
   * @return whether all have ended
   */
  static boolean join(List<Thread> threads, long timeoutMillis) {
    long deadlineNanos = System.nanoTime() + timeoutMillis * 1_000_000;
    boolean interrupted = false;
    boolean ended = true;
    for (Thread thread : threads) {
      while (thread.isAlive() && thread != Thread.currentThread()) {
        long leftMillis = (deadlineNanos - System.nanoTime()) / 1_000_000;
        if (leftMillis <= 0) {
          ended = false;
          break;
        }
        try {
          thread.join(leftMillis);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return ended;
  }
}
