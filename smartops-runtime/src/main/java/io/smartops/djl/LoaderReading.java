package io.smartops.djl;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.smartops.control.LoaderBuildTimes;
import io.smartops.prefetch.MemoryHold;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The records of one batch on their way. The thread that builds the batch, its owner, reads them;
 * so do helpers, the threads that build later batches, since the step needs this one first. Each
 * claims one record after another.
 *
 * <p>The methods of the owner are its own; the others may be called from any thread.
 */
final class LoaderReading implements AutoCloseable {
  private final List<Long> indices;
  private final NDManager scratch;
  private final MemoryHold hold;
  private final AtomicLong largestRecordBytes;
  private final @Nullable NDList[] data;
  private final @Nullable NDList[] labels;
  private final Phaser present = new Phaser(1);
  private int claimed;
  private int underWay;
  private long bytes;
  private boolean closed;
  private @Nullable Throwable failure;
  private int failedPlace;
  private LoaderBuildTimes times = LoaderBuildTimes.NONE;

  /**
   * Makes it; nothing is read yet.
   *
   * @param indices the batch's records
   * @param scratch where the owner keeps them
   * @param hold where the batch's memory is stated
   * @param largestRecordBytes the largest record so far, of all batches
   */
  LoaderReading(
      List<Long> indices, NDManager scratch, MemoryHold hold, AtomicLong largestRecordBytes) {
    this.indices = indices;
    this.scratch = scratch;
    this.hold = hold;
    this.largestRecordBytes = largestRecordBytes;
    this.data = new NDList[indices.size()];
    this.labels = new NDList[indices.size()];
  }

  NDManager scratch() {
    return scratch;
  }

  long index(int place) {
    return indices.get(place);
  }

  /** Whether a record is left to be claimed. */
  synchronized boolean hasMore() {
    return !closed && failure == null && claimed < indices.size();
  }

  /** Claims a record for the owner, and waits for memory where it must. */
  OptionalInt claim() throws InterruptedException {
    int place;
    long need;
    synchronized (this) {
      if (!hasMore()) {
        return OptionalInt.empty();
      }
      need = need();
      place = take();
    }
    hold.hold(need);
    return OptionalInt.of(place);
  }

  /** Lets a helper in, if there is work for it; it must leave. */
  synchronized boolean enter() {
    boolean welcome = hasMore();
    if (welcome) {
      present.register();
    }
    return welcome;
  }

  /** Claims a record for a helper, unless memory had to be waited for. */
  synchronized OptionalInt claimIfRoom() {
    return hasMore() && hold.holdIfRoom(need()) ? OptionalInt.of(take()) : OptionalInt.empty();
  }

  /** With one record more under way. */
  private long need() {
    return bytes + (underWay + 1) * largestRecordBytes.get();
  }

  private int take() {
    underWay++;
    return claimed++;
  }

  /** A claimed record has been read. */
  synchronized void put(int place, NDList data, NDList labels, long recordBytes) {
    this.data[place] = data;
    this.labels[place] = labels;
    bytes += recordBytes;
    underWay--;
  }

  /** A claimed record is left out. */
  synchronized void leaveOut() {
    underWay--;
  }

  /** A claimed record ends the batch. Of several the first in order is told, as if read in turn. */
  synchronized void fail(int place, Throwable why) {
    underWay--;
    if (failure == null || place < failedPlace) {
      failure = why;
      failedPlace = place;
    }
  }

  /** A helper leaves; {@code helped} is what it did for this batch. */
  void leave(LoaderBuildTimes helped) {
    add(helped);
    present.arriveAndDeregister();
  }

  /** Adds time that was spent on this batch. */
  synchronized void add(LoaderBuildTimes spent) {
    times = times.plus(spent);
  }

  /** No more is claimed; waits for helpers, whose arrays are the owner's. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    present.arriveAndAwaitAdvance();
  }

  /** Throws what ended the batch, if anything did. For the owner, after {@link #close}. */
  synchronized void check() throws Exception {
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof Exception exception) {
      throw exception;
    }
  }

  /** The indices of what was read. For the owner, after {@link #close}, as all below. */
  synchronized List<Long> read() {
    List<Long> read = new ArrayList<>();
    for (int place = 0; place < data.length; place++) {
      if (data[place] != null) {
        read.add(indices.get(place));
      }
    }
    return read;
  }

  synchronized NDList[] data() {
    return present(data);
  }

  synchronized NDList[] labels() {
    return present(labels);
  }

  private static NDList[] present(@Nullable NDList[] places) {
    return Arrays.stream(places).filter(Objects::nonNull).toArray(NDList[]::new);
  }

  /** Frees what was read. */
  synchronized void closeArrays() {
    Stream.of(data, labels).flatMap(Arrays::stream).filter(Objects::nonNull).forEach(NDList::close);
  }

  synchronized long bytes() {
    return bytes;
  }

  synchronized LoaderBuildTimes times() {
    return times;
  }
}
