package io.smartops.djl;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One pass over a dataset: gives batches as DJL's iterator does, and frees everything at its end,
 * at {@link #close()} or with the parent manager.
 *
 * <p>For one consumer; {@code close} may come from any thread, and more than once.
 */
final class LoaderPass implements AutoCloseable {
  private final NDManager parent;
  private final NDManager manager;
  private final String key;
  private final LoaderGear gear;
  private final LoaderMemory memory;
  private final boolean endsUnannounced;
  private final AtomicBoolean closed = new AtomicBoolean();
  private @Nullable Batch peeked;
  private @Nullable RuntimeException peekedFailure;

  /**
   * Makes a pass and starts it.
   *
   * @param parent whose closing ends the pass
   * @param manager parent of the batches' managers; not attached to {@code parent}
   * @param gear what the pass works with
   * @param memory what outlives the pass
   * @param endsUnannounced whether an outstanding build may turn out to hold no batch
   */
  static LoaderPass begin(
      NDManager parent,
      NDManager manager,
      LoaderGear gear,
      LoaderMemory memory,
      boolean endsUnannounced) {
    LoaderPass pass = new LoaderPass(parent, manager, gear, memory, endsUnannounced);
    memory.begin(pass);
    parent.attachUncappedInternal(pass.key, pass);
    gear.engine().refill();
    return pass;
  }

  private LoaderPass(
      NDManager parent,
      NDManager manager,
      LoaderGear gear,
      LoaderMemory memory,
      boolean endsUnannounced) {
    this.parent = parent;
    this.manager = manager;
    this.key = "loader-" + LoaderManagers.idOf(manager);
    this.gear = gear;
    this.memory = memory;
    this.endsUnannounced = endsUnannounced;
  }

  LoaderGear gear() {
    return gear;
  }

  boolean hasNext() {
    boolean more = endsUnannounced ? peek() : gear.engine().hasNext();
    // As DJL: the end of the data ends the pass, unless the system property says otherwise.
    if (!more
        && Boolean.parseBoolean(System.getProperty("ai.djl.dataiterator.autoclose", "true"))) {
      close();
    }
    return more;
  }

  Batch next() {
    if (endsUnannounced) {
      peek();
      RuntimeException failure = peekedFailure;
      Batch batch = peeked;
      peekedFailure = null;
      peeked = null;
      if (failure != null) {
        throw failure;
      }
      return orEnd(Optional.ofNullable(batch));
    }
    return orEnd(pull());
  }

  private static Batch orEnd(Optional<Batch> batch) {
    return batch.orElseThrow(() -> new NoSuchElementException("the data has no further batch"));
  }

  /** Looks one batch ahead; a failure counts as an element. */
  private boolean peek() {
    if (peeked == null && peekedFailure == null && !closed.get()) {
      try {
        peeked = pull().orElse(null);
      } catch (IllegalStateException e) {
        peekedFailure = e;
      }
    }
    return peeked != null || peekedFailure != null;
  }

  private Optional<Batch> pull() {
    try {
      Optional<LoadedBatch> loaded = gear.loop().next();
      while (loaded.isPresent() && loaded.get().batch() == null) {
        loaded = gear.loop().next();
      }
      if (loaded.isPresent()) {
        gear.transfer().journalChoices(memory.delivered(), gear.journal());
      }
      return loaded.map(LoadedBatch::batch);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Data loading failed: the thread was interrupted", e);
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    }
  }

  private static IllegalStateException failure(@Nullable Throwable cause) {
    if (cause instanceof LoaderFailure located && located.getCause() != null) {
      Throwable original = located.getCause();
      return new IllegalStateException(
          "Data loading failed at %s: %s".formatted(located.getMessage(), original), original);
    }
    return new IllegalStateException("Data loading failed: " + cause, cause);
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      gear.engine().close();
      gear.threads().restore();
      parent.detachInternal(key);
      manager.close();
      memory.end(this);
    }
  }
}
