package io.smartops.prefetch;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** The outstanding tickets: in order of delivery, and those that wait for a thread. */
final class TicketWindow<T> {
  private final ArrayDeque<Ticket<T>> order = new ArrayDeque<>();
  private final PriorityQueue<Ticket<T>> pending = new PriorityQueue<>();
  private long nextSequence;
  private int ready;

  int size() {
    return order.size();
  }

  int ready() {
    return ready;
  }

  boolean hasPending() {
    return !pending.isEmpty();
  }

  @Nullable Ticket<T> head() {
    return order.peekFirst();
  }

  @Nullable Ticket<T> nextPending() {
    return pending.peek();
  }

  /** The earliest ticket that some thread builds. */
  Optional<Ticket<T>> firstRunning() {
    return order.stream().filter(ticket -> ticket.state == Ticket.State.RUNNING).findFirst();
  }

  void add(PrefetchTask<T> task) {
    Ticket<T> ticket = new Ticket<>(nextSequence++, task);
    order.addLast(ticket);
    pending.add(ticket);
  }

  /** Adds a ticket that failed before it had a task. */
  void addFailed(Throwable failure) {
    PrefetchTask<T> never =
        hold -> {
          throw new IllegalStateException("a failed item has nothing to build");
        };
    Ticket<T> ticket = new Ticket<>(nextSequence++, never);
    order.addLast(ticket);
    fail(ticket, failure);
  }

  void start(Ticket<T> ticket) {
    pending.remove(ticket);
    ticket.state = Ticket.State.RUNNING;
  }

  void finish(Ticket<T> ticket, T value) {
    ticket.value = value;
    ticket.state = Ticket.State.READY;
    ready++;
  }

  void fail(Ticket<T> ticket, Throwable failure) {
    ticket.failure = failure;
    ticket.state = Ticket.State.FAILED;
  }

  void requeue(Ticket<T> ticket) {
    ticket.reset();
    pending.add(ticket);
  }

  /** Marks a built ticket as being disposed of. */
  void evict(Ticket<T> ticket) {
    ticket.state = Ticket.State.EVICTING;
    ready--;
  }

  /** Takes the head out, which must be done. */
  void removeHead() {
    if (order.removeFirst().state == Ticket.State.READY) {
      ready--;
    }
  }

  /** The latest ticket whose memory can be had for the head's sake. */
  Optional<Ticket<T>> lastEvictable() {
    Iterator<Ticket<T>> backwards = order.descendingIterator();
    while (backwards.hasNext()) {
      Ticket<T> ticket = backwards.next();
      if (ticket != order.peekFirst() && ticket.isEvictable()) {
        return Optional.of(ticket);
      }
    }
    return Optional.empty();
  }

  /** Removes everything, and gives the built items to be disposed of. */
  ArrayDeque<T> drain() {
    ArrayDeque<T> values = new ArrayDeque<>();
    for (Ticket<T> ticket : order) {
      T value = ticket.value;
      if (ticket.state == Ticket.State.READY && value != null) {
        values.add(value);
      }
    }
    order.clear();
    pending.clear();
    ready = 0;
    return values;
  }
}
