package io.smartops.prefetch;

import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/**
 * Runs tasks, on whichever thread asks for it, and books what becomes of them. Guarded by the
 * engine's lock, which is not held while a task runs.
 */
final class Builds<T> {
  private final ReentrantLock lock;
  private final Condition headDone;
  private final TicketWindow<T> window;
  private final ByteBudget budget;
  private final MemoryGate<T> gate;
  private final boolean exclusive;
  private final ToLongFunction<? super T> sizer;
  private final Consumer<? super T> disposer;
  private final Runnable moreMayStart;
  private boolean drained;
  private int running;

  /**
   * Makes it.
   *
   * @param lock the engine's lock
   * @param headDone told when the consumer may go on
   * @param moreMayStart called, with the lock held, when another build may start
   */
  Builds(
      ReentrantLock lock,
      Condition headDone,
      TicketWindow<T> window,
      PrefetchOptions options,
      ToLongFunction<? super T> sizer,
      Consumer<? super T> disposer,
      Runnable moreMayStart) {
    this.lock = lock;
    this.headDone = headDone;
    this.window = window;
    this.budget = new ByteBudget(options.capBytes());
    this.gate = new MemoryGate<>(lock, window, budget, disposer);
    this.exclusive = options.exclusive();
    this.sizer = sizer;
    this.disposer = disposer;
    this.moreMayStart = moreMayStart;
  }

  ByteBudget budget() {
    return budget;
  }

  MemoryGate<T> gate() {
    return gate;
  }

  int running() {
    return running;
  }

  /** Whether a further task may run at all. */
  boolean mayStart() {
    return !exclusive || running == 0;
  }

  /** Whether this one may, by its place in the order and the memory that it will need. */
  boolean admits(Ticket<T> ticket) {
    return mayStart() && (ticket == window.head() || budget.fits(budget.expectedBytes()));
  }

  void start(Ticket<T> ticket, int workers) {
    window.start(ticket);
    ticket.workersAtStart = workers;
    gate.reserve(ticket);
    running++;
  }

  /** Runs the task of a ticket that was started. The lock is not held. */
  void run(Ticket<T> ticket) {
    try {
      T value = ticket.task.build(gate.holdOf(ticket));
      long bytes = sizer.applyAsLong(value);
      settle(() -> finish(ticket, value, bytes));
    } catch (BuildPreemptedException e) {
      settle(() -> release(ticket, () -> window.requeue(ticket)));
    } catch (Throwable e) {
      settle(() -> release(ticket, () -> window.fail(ticket, e)));
    }
  }

  private void settle(Runnable outcome) {
    lock.lock();
    try {
      running--;
      outcome.run();
      Ticket<T> head = window.head();
      if (head == null || head.isDone() || head.state == Ticket.State.PENDING) {
        headDone.signal();
      }
      moreMayStart.run();
    } finally {
      lock.unlock();
    }
  }

  private void finish(Ticket<T> ticket, T value, long bytes) {
    if (drained) {
      disposer.accept(value);
      return;
    }
    budget.learn(Math.max(bytes, ticket.peakBytes));
    budget.account(ticket, bytes);
    window.finish(ticket, value);
    // Told even when no byte came free: what is ready can be had by a head that waits for memory.
    gate.announceRoom();
  }

  private void release(Ticket<T> ticket, Runnable next) {
    budget.account(ticket, 0);
    next.run();
    gate.announceRoom();
  }

  /** The head has been delivered: its memory is the consumer's now. */
  void delivered(Ticket<T> head) {
    window.removeHead();
    budget.account(head, 0);
    gate.announceRoom();
    moreMayStart.run();
  }

  /** Forgets every ticket, and gives what was built to be disposed of; later builds free theirs. */
  ArrayDeque<T> drain() {
    drained = true;
    return window.drain();
  }
}
