package io.smartops.djl;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Record;
import io.smartops.prefetch.MemoryHold;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Builds a batch record by record, as {@code DataIterable.fetch} does: get, transform, stack,
 * transform the labels, move to the device. What a record's transform leaves behind is freed at
 * once, and not with the batch.
 */
final class LoaderRecordBuilder implements LoaderSource.Builder {
  private final LoaderRecipe recipe;
  private final NDManager manager;
  private final LoaderTransfer transfer;
  private final LoaderSkips skips;
  private final AtomicLong largestRecordBytes = new AtomicLong();

  LoaderRecordBuilder(
      LoaderRecipe recipe, NDManager manager, LoaderTransfer transfer, LoaderSkips skips) {
    this.recipe = recipe;
    this.manager = manager;
    this.transfer = transfer;
    this.skips = skips;
  }

  /** The records of one batch on their way. */
  private static final class Records {
    final List<NDList> data = new ArrayList<>();
    final List<NDList> labels = new ArrayList<>();
    final List<Long> indices = new ArrayList<>();
    long bytes;

    void closeArrays() {
      data.forEach(NDList::close);
      labels.forEach(NDList::close);
    }
  }

  @Override
  public LoadedBatch build(
      List<Long> indices, long progress, LoaderStopwatch watch, MemoryHold hold) throws Exception {
    NDManager batchManager = manager.newSubManager();
    boolean built = false;
    try (NDManager scratch = manager.newSubManager()) {
      Records records = read(scratch, indices, watch, hold);
      if (records.indices.isEmpty()) {
        return new LoadedBatch(null, 0, watch.stop());
      }
      hold.hold(2 * records.bytes);
      watch.skip();
      Batch batch = stack(batchManager, records, indices, progress, watch);
      built = true;
      return new LoadedBatch(
          batch, LoaderBytes.of(batch.getData()) + LoaderBytes.of(batch.getLabels()), watch.stop());
    } finally {
      if (!built) {
        batchManager.close();
      }
    }
  }

  private Records read(
      NDManager scratch, List<Long> indices, LoaderStopwatch watch, MemoryHold hold)
      throws Exception {
    Records records = new Records();
    for (long index : indices) {
      hold.hold(records.bytes + largestRecordBytes.get());
      watch.skip();
      try {
        addScoped(records, index, scratch, watch);
      } catch (Exception e) {
        skips.skip(index, e);
      }
    }
    return records;
  }

  /** Without a transform nothing is left behind, and a scope is not worth its cost. */
  private void addScoped(Records records, long index, NDManager scratch, LoaderStopwatch watch)
      throws Exception {
    if (recipe.pipeline() == null) {
      add(records, index, scratch, scratch, watch);
      return;
    }
    try (NDManager scope = scratch.newSubManager()) {
      add(records, index, scope, scratch, watch);
    }
  }

  private void add(
      Records records, long index, NDManager scope, NDManager scratch, LoaderStopwatch watch)
      throws Exception {
    Record record = recipe.dataset().get(scope, index);
    watch.lapRead();
    NDList data = record.getData();
    NDList labels = record.getLabels();
    long bytes = LoaderBytes.of(data) + LoaderBytes.of(labels);
    largestRecordBytes.accumulateAndGet(bytes, Math::max);
    if (recipe.pipeline() != null) {
      data = recipe.pipeline().transform(data);
      bytes = LoaderBytes.of(data) + LoaderBytes.of(labels);
      data.attach(scratch);
      labels.attach(scratch);
    }
    watch.lapTransform();
    records.data.add(data);
    records.labels.add(labels);
    records.indices.add(index);
    records.bytes += bytes;
  }

  private Batch stack(
      NDManager batchManager,
      Records records,
      List<Long> indices,
      long progress,
      LoaderStopwatch watch)
      throws LoaderFailure {
    try {
      NDList data = recipe.dataBatchifier().batchify(records.data.toArray(new NDList[0]));
      NDList labels = recipe.labelBatchifier().batchify(records.labels.toArray(new NDList[0]));
      records.closeArrays();
      if (recipe.targetPipeline() != null) {
        labels = recipe.targetPipeline().transform(labels);
      }
      watch.lapTransform();
      NDList sentData = transfer.send(data);
      NDList sentLabels = transfer.send(labels);
      watch.lapCopy();
      // As DJL, the sampler's own list where nothing was left out.
      boolean complete = records.indices.size() == indices.size();
      return new Batch(
          batchManager,
          sentData,
          sentLabels,
          records.indices.size(),
          recipe.dataBatchifier(),
          recipe.labelBatchifier(),
          progress,
          recipe.dataset().size(),
          complete ? indices : records.indices);
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
