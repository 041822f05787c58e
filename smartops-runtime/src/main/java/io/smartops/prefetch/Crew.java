package io.smartops.prefetch;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The worker threads. As many as allowed build at once; a surplus one rests, so that the number may
 * go down and up again at no cost, and ends when it has rested for a while, or at once if none may
 * build: a native library may keep threads of its own for each, which get in the consumer's way.
 *
 * <p>Guarded by the engine's lock, but for {@link #join}.
 */
final class Crew<T> {
  /** A resting worker ends after this long, so that an abandoned engine keeps no thread. */
  private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final ReentrantLock lock;
  private final Condition work;
  private final TicketWindow<T> window;
  private final Builds<T> builds;
  private final PrefetchOptions options;
  private final List<Thread> threads = new ArrayList<>();
  private int allowed;
  private int building;
  private int resting;
  private long started;
  private boolean closed;

  Crew(
      ReentrantLock lock,
      TicketWindow<T> window,
      Builds<T> builds,
      PrefetchOptions options,
      int allowed) {
    this.lock = lock;
    this.work = lock.newCondition();
    this.window = window;
    this.builds = builds;
    this.options = options;
    this.allowed = allowed;
  }

  int size() {
    threads.removeIf(thread -> closed && !thread.isAlive());
    return threads.size();
  }

  List<Thread> snapshot() {
    return List.copyOf(threads);
  }

  /** Changes how many may build at once. */
  void allow(int workers) {
    allowed = workers;
    work.signalAll();
    kick();
  }

  /** Puts one more thread to work if there is work for it; that thread does the same in turn. */
  void kick() {
    if (nextTask().isEmpty()) {
      return;
    }
    if (resting > 0) {
      work.signal();
    } else if (threads.size() < allowed) {
      startOne();
    }
  }

  /** The next ticket that one more worker may build. */
  private Optional<Ticket<T>> nextTask() {
    Ticket<T> next = window.nextPending();
    boolean mayBuild = next != null && !closed && building < allowed && builds.admits(next);
    return mayBuild ? Optional.ofNullable(next) : Optional.empty();
  }

  private void startOne() {
    Thread thread = new Thread(this::work, options.threadName() + "-" + ++started);
    thread.setDaemon(true);
    thread.start();
    threads.add(thread);
  }

  private void work() {
    options.onThreadStart().run();
    Optional<Ticket<T>> ticket = firstTicket();
    while (ticket.isPresent()) {
      builds.run(ticket.get());
      ticket = nextTicket();
    }
  }

  private Optional<Ticket<T>> firstTicket() {
    lock.lock();
    try {
      return takeOrLeave();
    } finally {
      lock.unlock();
    }
  }

  private Optional<Ticket<T>> nextTicket() {
    lock.lock();
    try {
      building--;
      return takeOrLeave();
    } finally {
      lock.unlock();
    }
  }

  /** The next ticket for the calling worker; nothing tells it to end. */
  private Optional<Ticket<T>> takeOrLeave() {
    Optional<Ticket<T>> ticket = awaitWork();
    if (ticket.isPresent()) {
      builds.start(ticket.get(), allowed);
      building++;
    } else if (!closed) {
      threads.remove(Thread.currentThread());
    } // Else whoever closes waits until it has ended.
    kick();
    return ticket;
  }

  private Optional<Ticket<T>> awaitWork() {
    long nanosLeft = REST_NANOS;
    Optional<Ticket<T>> next = nextTask();
    while (next.isEmpty() && !closed && allowed > 0 && nanosLeft > 0) {
      if (help()) {
        next = nextTask();
        continue;
      }
      resting++;
      try {
        nanosLeft = work.awaitNanos(nanosLeft);
      } catch (InterruptedException e) {
        // Only a task can have interrupted a pooled thread: end it; another starts when needed.
        return Optional.empty();
      } finally {
        resting--;
      }
      next = nextTask();
    }
    return next;
  }

  /** Takes part in a build under way, as towards the end of a pass; the lock is given up for it. */
  private boolean help() {
    Optional<Ticket<T>> running = window.firstRunning();
    if (running.isEmpty() || building >= allowed || !builds.mayStart()) {
      return false;
    }
    building++;
    lock.unlock();
    try {
      return running.get().task.help();
    } finally {
      lock.lock();
      building--;
    }
  }

  /** No worker takes up anything further. */
  void close() {
    closed = true;
    work.signalAll();
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
