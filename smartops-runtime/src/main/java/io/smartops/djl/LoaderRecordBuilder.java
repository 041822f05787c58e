package io.smartops.djl;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Record;
import io.smartops.prefetch.MemoryHold;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Builds a batch record by record, as {@code DataIterable.fetch} does: get, transform, stack,
 * transform the labels, move to the device. What a record and its transform leave behind is freed
 * at once, and not with the batch: what stands on Java's direct buffers would live until a garbage
 * collection, be promoted by it, and then stay until one of the whole heap.
 *
 * <p>Whoever builds a batch reads the records of earlier ones first, since the step needs those
 * first: at the start of a pass all workers read the first batch. So does a worker that has no
 * batch to build: at the end of a pass all read the last.
 */
final class LoaderRecordBuilder implements LoaderSource.Builder {
  private final LoaderRecipe recipe;
  private final NDManager manager;
  private final LoaderTransfer transfer;
  private final LoaderSkips skips;
  private final AtomicLong largestRecordBytes = new AtomicLong();

  /** Batches that are being read, by their place in the pass. */
  private final ConcurrentSkipListMap<Long, LoaderReading> open = new ConcurrentSkipListMap<>();

  LoaderRecordBuilder(
      LoaderRecipe recipe, NDManager manager, LoaderTransfer transfer, LoaderSkips skips) {
    this.recipe = recipe;
    this.manager = manager;
    this.transfer = transfer;
    this.skips = skips;
  }

  @Override
  public LoadedBatch build(
      List<Long> indices, long progress, Supplier<LoaderStopwatch> watches, MemoryHold hold)
      throws Exception {
    NDManager batchManager = manager.newSubManager();
    boolean built = false;
    try (NDManager scratch = manager.newSubManager()) {
      LoaderReading reading = new LoaderReading(indices, scratch, hold, largestRecordBytes);
      read(reading, progress, watches);
      List<Long> kept = reading.read();
      if (kept.isEmpty()) {
        return new LoadedBatch(null, 0, reading.times());
      }
      hold.hold(2 * reading.bytes());
      LoaderStopwatch watch = watches.get();
      // As DJL, the sampler's own list where nothing was left out.
      List<Long> all = kept.size() == indices.size() ? indices : kept;
      Batch batch = stack(batchManager, reading, all, progress, watch);
      built = true;
      return new LoadedBatch(
          batch,
          LoaderBytes.of(batch.getData()) + LoaderBytes.of(batch.getLabels()),
          reading.times().plus(watch.stop()));
    } finally {
      if (!built) {
        batchManager.close();
      }
    }
  }

  /**
   * Reads the records of a batch, and between them those of earlier batches that have some left.
   */
  private void read(LoaderReading reading, long progress, Supplier<LoaderStopwatch> watches)
      throws Exception {
    open.put(progress, reading);
    try (reading) {
      while (reading.hasMore()) {
        earlier(progress).forEach(batch -> help(batch, watches));
        LoaderStopwatch watch = watches.get();
        do {
          OptionalInt place = reading.claim();
          watch.skip();
          place.ifPresent(claimed -> readOne(reading, claimed, watch));
        } while (reading.hasMore() && earlier(progress).findAny().isEmpty());
        reading.add(watch.stop());
      }
    } finally {
      open.remove(progress);
    }
    reading.check();
  }

  /** Batches before this one with records that nobody reads yet, in order. */
  private Stream<LoaderReading> earlier(long progress) {
    return open.headMap(progress).values().stream().filter(LoaderReading::hasMore);
  }

  @Override
  public boolean help(Supplier<LoaderStopwatch> watches) {
    boolean helped = false;
    for (LoaderReading reading : open.values()) {
      helped |= help(reading, watches);
    }
    return helped;
  }

  /** Reads records of another thread's batch; whether there was one to read, and room for it. */
  private boolean help(LoaderReading reading, Supplier<LoaderStopwatch> watches) {
    if (!reading.enter()) {
      return false;
    }
    LoaderStopwatch watch = watches.get();
    boolean helped = false;
    try {
      OptionalInt place = reading.claimIfRoom();
      while (place.isPresent()) {
        readOne(reading, place.getAsInt(), watch);
        helped = true;
        place = reading.claimIfRoom();
      }
    } finally {
      reading.leave(watch.stop());
    }
    return helped;
  }

  private void readOne(LoaderReading reading, int place, LoaderStopwatch watch) {
    try (NDManager scope = reading.scratch().newSubManager()) {
      read(reading, place, scope, watch);
    } catch (Exception e) {
      leaveOut(reading, place, e);
    } catch (Throwable e) { // ends the build on its owner's thread
      reading.fail(place, e);
    }
  }

  private void leaveOut(LoaderReading reading, int place, Exception why) {
    try {
      skips.skip(reading.index(place), why);
      reading.leaveOut();
    } catch (LoaderFailure e) {
      reading.fail(place, e);
    }
  }

  private void read(LoaderReading reading, int place, NDManager scope, LoaderStopwatch watch)
      throws Exception {
    Record record = recipe.dataset().get(scope, reading.index(place));
    watch.lapRead();
    NDList data = record.getData();
    NDList labels = record.getLabels();
    long bytes = LoaderBytes.of(data) + LoaderBytes.of(labels);
    largestRecordBytes.accumulateAndGet(bytes, Math::max);
    if (recipe.pipeline() != null) {
      data = recipe.pipeline().transform(data);
      bytes = LoaderBytes.of(data) + LoaderBytes.of(labels);
    }
    data.attach(reading.scratch());
    labels.attach(reading.scratch());
    watch.lapTransform();
    reading.put(place, data, labels, bytes);
  }

  private Batch stack(
      NDManager batchManager,
      LoaderReading reading,
      List<Long> indices,
      long progress,
      LoaderStopwatch watch)
      throws LoaderFailure {
    try {
      NDList data = recipe.dataBatchifier().batchify(reading.data());
      NDList labels = recipe.labelBatchifier().batchify(reading.labels());
      reading.closeArrays();
      if (recipe.targetPipeline() != null) {
        labels = recipe.targetPipeline().transform(labels);
      }
      watch.lapTransform();
      NDList sentData = transfer.send(data);
      NDList sentLabels = transfer.send(labels);
      watch.lapCopy();
      return new Batch(
          batchManager,
          sentData,
          sentLabels,
          indices.size(),
          recipe.dataBatchifier(),
          recipe.labelBatchifier(),
          progress,
          recipe.dataset().size(),
          indices);
    } catch (RuntimeException | Error e) {
      throw new LoaderFailure(place(indices), e);
    }
  }

  static String place(List<Long> indices) {
    return indices.isEmpty()
        ? "a batch without records"
        : "the batch of %d records that begins with record %d"
            .formatted(indices.size(), indices.get(0));
  }
}
