package io.smartops.djl;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.GradientCollector;
import io.smartops.LossFunction;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A gradient collector that knows the {@link Boundary boundaries} which were crossed while it was
 * open, by any wrapped trainer: DJL allows one collector at a time in a process, and a training
 * step may involve several models.
 *
 * <p>Backward first runs from the user's loss to the boundaries' predictions, then through the
 * boundaries in reverse: what reaches a later boundary's inputs goes on to the predictions of an
 * earlier one.
 *
 * <p>Thread-safe as far as DJL's loops need it: each thread's boundaries are its own, so the shares
 * of several devices go back independently. A backward pass on a thread that ran no forward pass
 * takes the boundaries of all.
 */
final class BoundaryCollector implements GradientCollector {
  private static final AtomicReference<@Nullable BoundaryCollector> OPEN = new AtomicReference<>();

  private final GradientCollector engine;
  private final Runnable join;
  private final Thread opener = Thread.currentThread();
  private final Map<Thread, Deque<Boundary>> boundaries = new ConcurrentHashMap<>();
  private final Queue<Object> held = new ConcurrentLinkedQueue<>();

  private BoundaryCollector(Runnable join) {
    this.engine = Engine.getInstance().newGradientCollector();
    this.join = join;
  }

  /**
   * Opens the collector of the process.
   *
   * @param join waits for work that was handed to other threads, and throws what failed there
   */
  static BoundaryCollector open(Runnable join) {
    BoundaryCollector collector = new BoundaryCollector(join);
    OPEN.set(collector);
    return collector;
  }

  /** The collector that is open now, whichever trainer opened it. */
  static Optional<BoundaryCollector> current() {
    return Optional.ofNullable(OPEN.get());
  }

  /**
   * Holds the Java memory behind an array that is being closed until the collector is: a graph may
   * read it. Does nothing on threads that have no part in the step, such as those that load data.
   */
  void hold(NDArray closing) {
    Thread thread = Thread.currentThread();
    if (thread == opener || boundaries.containsKey(thread)) {
      Object memory = BorrowedMemory.behind(closing);
      if (memory != null) {
        held.add(memory);
      }
    }
  }

  /** Runs the model of {@code lane}, and remembers the boundary that this crosses. */
  NDList forward(Lane lane, NDList data, @Nullable NDList labels, LossFunction loss) {
    return locked(
        lane,
        () -> {
          WatchedResources.watch(data.head().getManager());
          mine().stream().filter(b -> b.lane() == lane).forEach(Boundary::expectForeignLoss);
          boolean alone = mine().stream().allMatch(b -> b.lane() != lane || b.isFinished());
          Boundary boundary = new Boundary(lane, data, labels, loss);
          mine().addLast(boundary);
          return boundary.forward(alone);
        });
  }

  /** Computes {@code loss}; by the boundary that handed out the predictions, if one did. */
  static NDArray evaluate(LossFunction loss, NDList labels, NDList predictions) {
    BoundaryCollector open = OPEN.get();
    return open == null
        ? loss.evaluate(labels, predictions)
        : open.evaluateLoss(loss, labels, predictions);
  }

  private NDArray evaluateLoss(LossFunction loss, NDList labels, NDList predictions) {
    for (Boundary boundary : relevant()) {
      if (boundary.knows(loss) && boundary.handedOut(predictions)) {
        return locked(boundary.lane(), () -> boundary.evaluateLoss(labels));
      }
    }
    return loss.evaluate(labels, predictions);
  }

  @Override
  public void backward(NDArray target) {
    List<Boundary> tape = relevant();
    if (tape.stream().anyMatch(b -> b.isFinished() && b.hasKnownLoss(target))) {
      throw calledTwice();
    }
    Optional<Boundary> known =
        tape.stream().filter(b -> !b.isFinished() && b.hasKnownLoss(target)).findFirst();
    known.ifPresentOrElse(
        b -> locked(b, () -> b.backwardFromKnownLoss(engine::backward)),
        () -> backwardFromForeignLoss(target, tape));
    for (Boundary boundary : tape) {
      if (boundary.isFinished()) {
        refuseLateGradient(boundary, known);
      } else if (boundary.gotGradient()) {
        locked(boundary, boundary::backwardFromGradient);
      }
    }
    tape.stream().map(Boundary::lane).distinct().forEach(lane -> lane.watchLoss(target));
  }

  private void backwardFromForeignLoss(NDArray target, List<Boundary> tape) {
    tape.forEach(b -> locked(b, b::expectForeignLoss));
    engine.backward(target);
  }

  /** The graph behind these predictions has been used up, as it would be without this wrapper. */
  private static void refuseLateGradient(Boundary boundary, Optional<Boundary> justDone) {
    if (justDone.filter(b -> b == boundary).isEmpty() && boundary.collectedMore()) {
      throw calledTwice();
    }
  }

  private static IllegalStateException calledTwice() {
    return new IllegalStateException(
        "backward was called twice for the predictions of one forward pass, whose graph is freed"
            + " by the first call: add the losses, then call backward once");
  }

  private static void locked(Boundary boundary, Runnable work) {
    locked(
        boundary.lane(),
        () -> {
          work.run();
          return boundary;
        });
  }

  private static <T> T locked(Lane lane, Supplier<T> work) {
    lane.lock().lock();
    try {
      return work.get();
    } finally {
      lane.lock().unlock();
    }
  }

  private Deque<Boundary> mine() {
    return boundaries.computeIfAbsent(Thread.currentThread(), t -> new ArrayDeque<>());
  }

  /** The boundaries that a backward pass on this thread concerns, latest first. */
  private List<Boundary> relevant() {
    List<Boundary> latestFirst = new ArrayList<>();
    if (!mine().isEmpty()) {
      mine().descendingIterator().forEachRemaining(latestFirst::add);
    } else {
      for (Deque<Boundary> others : boundaries.values()) {
        Iterator<Boundary> reversed = others.descendingIterator();
        reversed.forEachRemaining(latestFirst::add);
      }
    }
    return latestFirst;
  }

  /** Sets the gradients of the models in this collector to zero. */
  @Override
  public void zeroGradients() {
    boundaries.values().stream()
        .flatMap(Deque::stream)
        .map(Boundary::lane)
        .distinct()
        .forEach(lane -> lane.gradients().clear());
  }

  /**
   * Waits for the work that was handed to the trainer's executor, frees what is left and closes the
   * engine's collector; then throws the first failure of that work, if there was one.
   */
  @Override
  public void close() {
    try {
      join.run();
    } finally {
      OPEN.compareAndSet(this, null);
      try (engine) { // whatever fails, the process must be able to open the next one
        boundaries.values().stream().flatMap(Deque::stream).forEach(Boundary::close);
      } finally {
        held.clear();
      }
    }
  }
}
