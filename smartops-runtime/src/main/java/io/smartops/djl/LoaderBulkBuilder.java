package io.smartops.djl;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.BulkDataIterable;
import io.smartops.prefetch.MemoryHold;
import java.util.List;
import java.util.function.Supplier;

/** Copies a whole batch out of an {@link ArrayDataset}, as {@code BulkDataIterable.fetch} does. */
final class LoaderBulkBuilder implements LoaderSource.Builder {
  private final LoaderRecipe recipe;
  private final ArrayDataset dataset;
  private final NDManager manager;
  private final LoaderTransfer transfer;
  private volatile long bytesPerRecord;

  LoaderBulkBuilder(LoaderRecipe recipe, NDManager manager, LoaderTransfer transfer) {
    this.recipe = recipe;
    this.dataset = (ArrayDataset) recipe.dataset();
    this.manager = manager;
    this.transfer = transfer;
  }

  @Override
  public LoadedBatch build(
      List<Long> indices, long progress, Supplier<LoaderStopwatch> watches, MemoryHold hold)
      throws Exception {
    LoaderStopwatch watch = watches.get();
    hold.hold(bytesPerRecord * indices.size());
    NDManager batchManager = manager.newSubManager();
    boolean built = false;
    try {
      watch.skip();
      Batch raw = copy(batchManager, indices);
      watch.lapRead();
      Batch batch = finish(batchManager, raw, indices, progress, watch);
      built = true;
      long bytes = LoaderBytes.of(batch.getData()) + LoaderBytes.of(batch.getLabels());
      bytesPerRecord = Math.max(bytesPerRecord, bytes / indices.size());
      return new LoadedBatch(batch, bytes, watch.stop());
    } catch (RuntimeException | Error e) {
      throw new LoaderFailure(LoaderRecordBuilder.place(indices), e);
    } finally {
      if (!built) {
        batchManager.close();
      }
    }
  }

  private Batch copy(NDManager batchManager, List<Long> indices) {
    if (BulkDataIterable.isRange(indices)) {
      long from = indices.get(0);
      return dataset.getByRange(batchManager, from, from + indices.size());
    }
    return dataset.getByIndices(
        batchManager, indices.stream().mapToLong(Long::longValue).toArray());
  }

  private Batch finish(
      NDManager batchManager, Batch raw, List<Long> indices, long progress, LoaderStopwatch watch) {
    NDList data = raw.getData();
    if (recipe.pipeline() != null) {
      data = recipe.pipeline().transform(data);
    }
    NDList labels = raw.getLabels();
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
        dataset.size(),
        indices);
  }
}
