package io.smartops.prefetch;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
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
  /** An idle worker ends after this long, so that an abandoned engine keeps no thread. */
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** How long a closing engine lets builds end by themselves: interrupts close shared channels. */
  private static final long GRACE_MILLIS = 1_000;

  /** How long it then waits for interrupted builds. Later ones free their item themselves. */
  private static final long PATIENCE_MILLIS = 10_000;

  private final PrefetchOptions options;
  private final Iterator<? extends PrefetchTask<T>> source;
  private final ToLongFunction<? super T> sizer;
  private final Consumer<? super T> disposer;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition headDone = lock.newCondition();
  private final Condition work = lock.newCondition();
  private final TicketWindow<T> window = new TicketWindow<>();
  private final ByteBudget budget;
  private final MemoryGate<T> gate;
  private final Crew crew;
  private volatile PrefetchSettings settings;
  private volatile boolean closed;
  private boolean drained;
  private boolean sourceFailed;
  private int idle;
  private int running;
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
    this.options = options;
    this.sizer = sizer;
    this.disposer = disposer;
    this.budget = new ByteBudget(options.capBytes());
    this.gate = new MemoryGate<>(lock, window, budget, disposer);
    this.crew = new Crew(options.threadName(), this::work);
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
      removeHead(head);
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
      if (head.state == Ticket.State.PENDING && mayStart()) {
        buildHere(head);
      } else {
        headDone.await();
      }
    }
  }

  private void buildHere(Ticket<T> head) throws InterruptedException {
    start(head);
    head.builtByConsumer = true;
    buildingConsumer = Thread.currentThread();
    lock.unlock();
    try {
      build(head);
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

  private void removeHead(Ticket<T> head) {
    window.removeHead();
    budget.account(head, 0);
    gate.announceRoom();
    kick();
  }

  /** Draws tasks up to the depth. For the consumer's thread, after a {@link #resize}. */
  public void refill() {
    try {
      while (!closed && window.size() < settings.depth() && sourceHasNext()) {
        add(source.next());
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
      kick();
    } finally {
      lock.unlock();
    }
  }

  /** Changes workers and depth. Items that are already outstanding stay so. */
  public void resize(PrefetchSettings settings) {
    lock.lock();
    try {
      this.settings = settings;
      work.signalAll();
      kick();
    } finally {
      lock.unlock();
    }
  }

  /** Puts one more thread to work if there is work for it; that thread does the same in turn. */
  private void kick() {
    Ticket<T> next = window.nextPending();
    if (next == null || closed || !admits(next)) {
      return;
    }
    if (idle > 0) {
      work.signal();
    } else if (crew.size() < settings.workers()) {
      crew.startOne();
    }
  }

  private boolean mayStart() {
    return !options.exclusive() || running == 0;
  }

  private boolean admits(Ticket<T> ticket) {
    return mayStart() && (ticket == window.head() || budget.fits(budget.expectedBytes()));
  }

  private void work() {
    options.onThreadStart().run();
    Optional<Ticket<T>> ticket = nextTicket();
    while (ticket.isPresent()) {
      build(ticket.get());
      ticket = nextTicket();
    }
  }

  /** The next ticket for the calling worker; nothing tells it to end. */
  private Optional<Ticket<T>> nextTicket() {
    lock.lock();
    try {
      Optional<Ticket<T>> ticket = awaitTicket();
      if (ticket.isEmpty()) {
        crew.leave();
      }
      return ticket;
    } finally {
      lock.unlock();
    }
  }

  private Optional<Ticket<T>> awaitTicket() {
    long idleNanosLeft = IDLE_NANOS;
    while (!closed && crew.size() <= settings.workers()) {
      Ticket<T> ticket = window.nextPending();
      if (ticket != null && admits(ticket)) {
        start(ticket);
        kick();
        return Optional.of(ticket);
      }
      if (idleNanosLeft <= 0) {
        break;
      }
      idle++;
      try {
        idleNanosLeft = work.awaitNanos(idleNanosLeft);
      } catch (InterruptedException e) {
        // Only a task can have interrupted a pooled thread: end it; another starts when needed.
        break;
      } finally {
        idle--;
      }
    }
    return Optional.empty();
  }

  private void start(Ticket<T> ticket) {
    window.start(ticket);
    ticket.workersAtStart = settings.workers();
    gate.reserve(ticket);
    running++;
  }

  private void build(Ticket<T> ticket) {
    try {
      T value = ticket.task.build(totalBytes -> gate.hold(ticket, totalBytes));
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
      kick();
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

  /** Where the engine stands. */
  public PrefetchStatus status() {
    lock.lock();
    try {
      return new PrefetchStatus(
          settings,
          crew.size(),
          window.size(),
          running,
          window.ready(),
          budget.usedBytes(),
          budget.peakBytes(),
          budget.capBytes,
          gate.preempted(),
          gate.oversized());
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
    if (!awaitQuiet(GRACE_MILLIS)) {
      interruptBuilds();
      awaitQuiet(PATIENCE_MILLIS);
    }
    ArrayDeque<T> left;
    lock.lock();
    try {
      drained = true;
      left = window.drain();
    } finally {
      lock.unlock();
    }
    left.forEach(disposer);
  }

  private void shut() {
    lock.lock();
    try {
      closed = true;
      gate.close();
      work.signalAll();
      headDone.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private boolean awaitQuiet(long timeoutMillis) {
    boolean workersEnded = Crew.join(threads(), timeoutMillis);
    boolean consumerEnded = awaitConsumer(timeoutMillis);
    return workersEnded && consumerEnded;
  }

  /** Waits for a consumer that builds an item itself on another thread. */
  private boolean awaitConsumer(long timeoutMillis) {
    lock.lock();
    try {
      long nanos = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
      while (isConsumerElsewhereBuilding() && nanos > 0) {
        nanos = headDone.awaitNanos(nanos);
      }
      return !isConsumerElsewhereBuilding();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  private boolean isConsumerElsewhereBuilding() {
    return buildingConsumer != null && buildingConsumer != Thread.currentThread();
  }

  private List<Thread> threads() {
    lock.lock();
    try {
      return crew.snapshot();
    } finally {
      lock.unlock();
    }
  }

  private void interruptBuilds() {
    threads().forEach(Thread::interrupt);
  }
}
