package io.smartops.prefetch;

import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets builds take memory under the cap, the earliest item first.
 *
 * <p>A build that would exceed the cap waits. The head, which the consumer needs next, cannot wait
 * for items behind it: it takes their memory, the latest first, and they are built again later. So
 * the cap holds and the head always gets on. A head that alone needs more than the cap is let
 * through once nothing else is held.
 */
final class MemoryGate<T> {
  private final ReentrantLock lock;
  private final Condition room;
  private final TicketWindow<T> window;
  private final ByteBudget budget;
  private final Consumer<? super T> disposer;
  private volatile boolean closed;
  private boolean headWaits;
  private long preempted;
  private long oversized;

  MemoryGate(
      ReentrantLock lock, TicketWindow<T> window, ByteBudget budget, Consumer<? super T> disposer) {
    this.lock = lock;
    this.room = lock.newCondition();
    this.window = window;
    this.budget = budget;
    this.disposer = disposer;
  }

  /** Accounts what the ticket is expected to need. The lock is held. */
  void reserve(Ticket<T> ticket) {
    ticket.peakBytes = 0;
    budget.account(ticket, Math.min(budget.expectedBytes(), budget.freeBytes()));
    ticket.peakBytes = 0;
  }

  /** What the ticket's task states its needs to. */
  MemoryHold holdOf(Ticket<T> ticket) {
    return new MemoryHold() {
      @Override
      public void hold(long totalBytes) throws InterruptedException {
        MemoryGate.this.hold(ticket, totalBytes);
      }

      @Override
      public boolean holdIfRoom(long totalBytes) {
        return MemoryGate.this.holdIfRoom(ticket, totalBytes);
      }
    };
  }

  private void hold(Ticket<T> ticket, long totalBytes) throws InterruptedException {
    if (closed) {
      throw new BuildPreemptedException();
    }
    ticket.peakBytes = Math.max(ticket.peakBytes, totalBytes);
    if (totalBytes > ticket.heldBytes) {
      lock.lockInterruptibly();
      try {
        grow(ticket, totalBytes);
      } finally {
        lock.unlock();
      }
    }
  }

  private boolean holdIfRoom(Ticket<T> ticket, long totalBytes) {
    lock.lock();
    try {
      boolean fits = !closed && !ticket.preempted && budget.fits(totalBytes - ticket.heldBytes);
      if (fits) {
        budget.account(ticket, Math.max(ticket.heldBytes, totalBytes));
      }
      return fits;
    } finally {
      lock.unlock();
    }
  }

  private void grow(Ticket<T> ticket, long totalBytes) throws InterruptedException {
    try {
      while (!budget.fits(totalBytes - ticket.heldBytes)) {
        if (closed || ticket.preempted) {
          throw new BuildPreemptedException();
        }
        boolean isHead = ticket == window.head();
        if (isHead && budget.usedBytes() == ticket.heldBytes) {
          oversized++;
          break;
        }
        if (isHead ? !makeRoom() : queueBehindHead(ticket)) {
          room.await();
        }
      }
      budget.account(ticket, Math.max(ticket.heldBytes, totalBytes));
    } finally {
      ticket.starved = false;
      headWaits &= ticket != window.head();
    }
  }

  /** Shows the ticket as one whose memory can be had; says that it must wait. */
  private boolean queueBehindHead(Ticket<T> ticket) {
    if (!ticket.starved) {
      ticket.starved = true;
      if (headWaits) {
        room.signalAll();
      }
    }
    return true;
  }

  /** Takes memory from the latest item that can give it; says whether there was one. */
  private boolean makeRoom() {
    Optional<Ticket<T>> victim = window.lastEvictable();
    headWaits = victim.isEmpty();
    if (victim.isPresent()) {
      preempted++;
      preempt(victim.get());
    }
    return victim.isPresent();
  }

  private void preempt(Ticket<T> victim) {
    @Nullable T built = victim.value;
    if (victim.state == Ticket.State.READY && built != null) {
      window.evict(victim);
      disposeUnlocked(built);
      budget.account(victim, 0);
      window.requeue(victim);
    } else {
      victim.preempted = true;
      room.signalAll();
    }
  }

  /** Frees first and accounts then, so that the account never shows less than is held. */
  private void disposeUnlocked(T value) {
    lock.unlock();
    try {
      disposer.accept(value);
    } finally {
      lock.lock();
    }
  }

  /** Memory came free or can be had, or another ticket is the head now. The lock is held. */
  void announceRoom() {
    room.signalAll();
  }

  /** Makes every present and future hold give up. The lock is held. */
  void close() {
    closed = true;
    room.signalAll();
  }

  long preempted() {
    return preempted;
  }

  long oversized() {
    return oversized;
  }
}
