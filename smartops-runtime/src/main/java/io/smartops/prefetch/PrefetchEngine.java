package io.smartops.prefetch;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Builds items ahead of a consumer, in parallel, and delivers them in the order of their source.
 *
 * <p>At most {@code depth} items are outstanding and at most {@code capBytes} are held by running
 * and ready items. Both settings may be changed at any time by {@link #resize}. Tasks are drawn
 * from the source on the consumer's thread only. An item that no worker has begun when the consumer
 * wants it is built by the consumer itself, so that the engine works with no workers, and a late
 * wake-up of a worker costs nothing.
 *
 * <p>A task's exception surfaces at the {@link #take} that would have delivered its item; the next
 * {@code take} goes on with the item behind it.
 *
 * <p>Thread-safety: {@link #take}, {@link #hasNext} and {@link #refill} belong to one consumer at a
 * time; everything else may be called from any thread. No task, source or sizer runs under the
 * lock, and the lock is held for a few steps that do not depend on depth in the steady state.
 *
 * @param <T> the kind of item
 */
public final class PrefetchEngine<T> implements AutoCloseable {
  /** How long a closing engine lets builds end by themselves: interrupts close shared channels. */
  private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long it then waits for interrupted builds. Later ones free their item themselves. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Iterator<? extends PrefetchTask<T>> source;
  private final Consumer<? super T> disposer;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition headDone = lock.newCondition();
  private final TicketWindow<T> window = new TicketWindow<>();
  private final Builds<T> builds;
  private final Crew<T> crew;
  private volatile PrefetchSettings settings;
  private volatile boolean closed;
  private boolean sourceFailed;
  private @Nullable Thread buildingConsumer;

  /**
   * Makes an engine; nothing is drawn or started before the first {@link #take} or {@link #refill}.
   *
   * @param source the tasks, in order; called on the consumer's thread only
   * @param settings the first settings
   * @param options what stays fixed
   * @param sizer memory of an item, in bytes
   * @param disposer frees an item that will not be delivered; called on any thread
   */
  public PrefetchEngine(
      Iterator<? extends PrefetchTask<T>> source,
      PrefetchSettings settings,
      PrefetchOptions options,
      ToLongFunction<? super T> sizer,
      Consumer<? super T> disposer) {
    this.source = source;
    this.settings = settings;
    this.disposer = disposer;
    this.builds = new Builds<>(lock, headDone, window, options, sizer, disposer, this::kick);
    this.crew = new Crew<>(lock, window, builds, options.threads(), settings.workers());
  }

  private void kick() {
    crew.kick();
  }

  /** Whether an item is outstanding or the source has one more. */
  public boolean hasNext() {
    return !closed && (window.size() > 0 || sourceHasNext());
  }

  private boolean sourceHasNext() {
    return !sourceFailed && source.hasNext();
  }

  /**
   * Gives the next item, and waits for it where it must.
   *
   * @return the item, or nothing at the end of the source
   * @throws InterruptedException if the thread is interrupted; the item is not lost
   * @throws ExecutionException if the item's task failed; its cause is the task's exception
   * @throws IllegalStateException if the engine is closed
   */
  public Optional<Delivery<T>> take() throws InterruptedException, ExecutionException {
    refill();
    Ticket<T> head;
    Delivery<T> delivery = null;
    lock.lockInterruptibly();
    try {
      checkOpen();
      head = window.head();
      if (head == null) {
        return Optional.empty();
      }
      int readyBefore = window.ready();
      int outstandingBefore = window.size();
      awaitDone(head);
      T value = head.value;
      if (value != null) {
        delivery =
            new Delivery<>(
                value,
                head.heldBytes,
                head.workersAtStart,
                head.builtByConsumer,
                readyBefore,
                outstandingBefore);
      }
      builds.delivered(head);
    } finally {
      lock.unlock();
    }
    refill();
    if (delivery == null) {
      throw new ExecutionException(head.failure);
    }
    return Optional.of(delivery);
  }

  private void awaitDone(Ticket<T> head) throws InterruptedException {
    while (!head.isDone()) {
      checkOpen();
      if (head.state == Ticket.State.PENDING && builds.mayStart()) {
        buildHere(head);
      } else {
        headDone.await();
      }
    }
  }

  private void buildHere(Ticket<T> head) throws InterruptedException {
    builds.start(head, settings.workers());
    head.builtByConsumer = true;
    buildingConsumer = Thread.currentThread();
    lock.unlock();
    try {
      builds.run(head);
    } finally {
      lock.lock();
      buildingConsumer = null;
      headDone.signalAll();
    }
    if (head.failure instanceof InterruptedException interrupt) {
      head.failure = null;
      window.requeue(head);
      throw interrupt;
    }
  }

  /** Draws tasks up to the depth. For the consumer's thread, after a {@link #resize}. */
  public void refill() {
    try {
      while (!closed && window.size() < settings.depth() && sourceHasNext()) {
        add(source.next());
      }
      if (window.size() < settings.depth()) {
        callForHelp();
      }
    } catch (RuntimeException | Error e) {
      sourceFailed = true;
      lock.lock();
      try {
        window.addFailed(e);
      } finally {
        lock.unlock();
      }
    }
  }

  private void add(PrefetchTask<T> task) {
    lock.lock();
    try {
      window.add(task);
      crew.kick();
    } finally {
      lock.unlock();
    }
  }

  /** The source has ended: who rests may take part in what is left. */
  private void callForHelp() {
    lock.lock();
    try {
      crew.callForHelp();
    } finally {
      lock.unlock();
    }
  }

  /** Changes workers and depth. Items that are already outstanding stay so. */
  public void resize(PrefetchSettings settings) {
    lock.lock();
    try {
      this.settings = settings;
      crew.allow(settings.workers());
    } finally {
      lock.unlock();
    }
  }

  /** Where the engine stands. */
  public PrefetchStatus status() {
    lock.lock();
    try {
      ByteBudget budget = builds.budget();
      return new PrefetchStatus(
          settings,
          crew.size(),
          window.size(),
          builds.running(),
          window.ready(),
          budget.usedBytes(),
          budget.peakBytes(),
          budget.capBytes,
          builds.gate().preempted(),
          builds.gate().oversized());
    } finally {
      lock.unlock();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the loader is closed: open a new pass over the data");
    }
  }

  /**
   * Ends all work and frees every item that was not delivered. Builds under way give up where they
   * next ask for memory; one that does not is interrupted after a second.
   */
  @Override
  public void close() {
    shut();
    if (!awaitQuiet(GRACE_NANOS)) {
      interruptWorkers();
      awaitQuiet(PATIENCE_NANOS);
    }
    ArrayDeque<T> left;
    lock.lock();
    try {
      left = builds.drain();
    } finally {
      lock.unlock();
    }
    left.forEach(disposer);
  }

  private void shut() {
    lock.lock();
    try {
      closed = true;
      builds.gate().close();
      crew.close();
      headDone.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void interruptWorkers() {
    lock.lock();
    try {
      crew.interrupt();
    } finally {
      lock.unlock();
    }
  }

  private boolean awaitQuiet(long timeoutNanos) {
    lock.lock();
    try {
      boolean workersEnded = crew.awaitEnd(timeoutNanos);
      return awaitConsumer(timeoutNanos) && workersEnded;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a consumer that builds an item itself on another thread. */
  private boolean awaitConsumer(long timeoutNanos) {
    try {
      long nanos = timeoutNanos;
      while (isConsumerElsewhereBuilding() && nanos > 0) {
        nanos = headDone.awaitNanos(nanos);
      }
      return !isConsumerElsewhereBuilding();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private boolean isConsumerElsewhereBuilding() {
    return buildingConsumer != null && buildingConsumer != Thread.currentThread();
  }
}
