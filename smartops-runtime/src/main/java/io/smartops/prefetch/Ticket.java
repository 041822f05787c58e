package io.smartops.prefetch;

import org.jspecify.annotations.Nullable;

/** One item on its way through the engine. Guarded by the engine's lock, but for its task. */
final class Ticket<T> implements Comparable<Ticket<T>> {

  enum State {
    /** Waits for a thread. */
    PENDING,
    /** A thread builds it. */
    RUNNING,
    /** Built; waits for the consumer. */
    READY,
    /** Built, and being disposed of to free its memory. */
    EVICTING,
    /** Its build failed; waits for the consumer. */
    FAILED
  }

  final long sequence;
  final PrefetchTask<T> task;
  State state = State.PENDING;
  int workersAtStart;
  boolean builtByConsumer;

  /** Bytes accounted to it. Written under the lock; its builder may read it without. */
  long heldBytes;

  /** The most bytes that its build stated. */
  long peakBytes;

  /** Waits for memory in {@code hold}. */
  boolean starved;

  /** Must give up at its next {@code hold}. */
  boolean preempted;

  @Nullable T value;
  @Nullable Throwable failure;

  Ticket(long sequence, PrefetchTask<T> task) {
    this.sequence = sequence;
    this.task = task;
  }

  boolean isDone() {
    return state == State.READY || state == State.FAILED;
  }

  /** Whether its memory can be had at once: built, or stopped where it waits for memory. */
  boolean isEvictable() {
    return state == State.READY || (starved && !preempted);
  }

  void reset() {
    state = State.PENDING;
    value = null;
    starved = false;
    preempted = false;
    builtByConsumer = false;
  }

  @Override
  public int compareTo(Ticket<T> other) {
    return Long.compare(sequence, other.sequence);
  }
}
