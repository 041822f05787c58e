package io.smartops.prefetch;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The workers. As many as allowed build at once; a surplus one rests, so that the number may go
 * down and up again at no cost, and ends when it has rested for a while, or at once if none may
 * build: a native library may keep threads of its own for each, which get in the consumer's way.
 *
 * <p>Guarded by the engine's lock.
 */
final class Crew<T> {
  /** A resting worker ends after this long, so that an abandoned engine keeps no thread. */
  private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final ReentrantLock lock;
  private final Condition work;
  private final Condition left;
  private final TicketWindow<T> window;
  private final Builds<T> builds;
  private final Executor threads;
  private final Set<Worker> workers = new HashSet<>();
  private int allowed;
  private int building;
  private int resting;
  private boolean closed;

  Crew(
      ReentrantLock lock, TicketWindow<T> window, Builds<T> builds, Executor threads, int allowed) {
    this.lock = lock;
    this.work = lock.newCondition();
    this.left = lock.newCondition();
    this.window = window;
    this.builds = builds;
    this.threads = threads;
    this.allowed = allowed;
  }

  int size() {
    return workers.size();
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
    } else if (workers.size() < allowed) {
      startOne();
    }
  }

  /** Lets every resting worker look for work, or for a build under way to take part in. */
  void callForHelp() {
    work.signalAll();
  }

  /** The next ticket that one more worker may build. */
  private Optional<Ticket<T>> nextTask() {
    Ticket<T> next = window.nextPending();
    boolean mayBuild = next != null && !closed && building < allowed && builds.admits(next);
    return mayBuild ? Optional.ofNullable(next) : Optional.empty();
  }

  private void startOne() {
    Worker worker = new Worker();
    threads.execute(worker);
    workers.add(worker); // in time: it needs the lock to begin
  }

  /** Builds until nothing is left to build, or it has rested for long enough. */
  private final class Worker implements Runnable {
    private @Nullable Thread thread;

    @Override
    public void run() {
      try {
        Optional<Ticket<T>> ticket = firstTicket();
        while (ticket.isPresent()) {
          builds.run(ticket.get());
          ticket = nextTicket();
        }
      } finally {
        leave();
      }
    }

    private Optional<Ticket<T>> firstTicket() {
      lock.lock();
      try {
        thread = Thread.currentThread();
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

    /** The next ticket for this worker; nothing tells it to end. */
    private Optional<Ticket<T>> takeOrLeave() {
      Optional<Ticket<T>> ticket = awaitWork();
      if (ticket.isPresent()) {
        builds.start(ticket.get(), allowed);
        building++;
      } else {
        workers.remove(this);
      }
      kick();
      return ticket;
    }

    /** Its thread is the executor's again: nobody interrupts it from here on. */
    private void leave() {
      lock.lock();
      try {
        workers.remove(this);
        left.signalAll();
      } finally {
        lock.unlock();
      }
    }
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
        // Only a task can have done that: end it; another starts when needed.
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

  /** Interrupts every worker at its build. */
  void interrupt() {
    for (Worker worker : workers) {
      if (worker.thread != null) {
        worker.thread.interrupt();
      }
    }
  }

  /**
   * Waits until every worker but the caller has left, whatever interrupts come.
   *
   * @return whether all have
   */
  boolean awaitEnd(long timeoutNanos) {
    long deadlineNanos = System.nanoTime() + timeoutNanos;
    boolean interrupted = false;
    while (othersWork() && deadlineNanos - System.nanoTime() > 0) {
      try {
        left.awaitNanos(deadlineNanos - System.nanoTime());
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return !othersWork();
  }

  private boolean othersWork() {
    return workers.stream().anyMatch(worker -> worker.thread != Thread.currentThread());
  }
}
