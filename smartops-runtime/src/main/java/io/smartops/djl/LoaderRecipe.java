package io.smartops.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Sampler;
import ai.djl.translate.Batchifier;
import ai.djl.translate.Pipeline;
import java.lang.reflect.Field;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * What DJL's own iterator would do with a dataset. DJL keeps it in protected fields without
 * getters, which are read here and nowhere else.
 *
 * @param dataset the dataset
 * @param sampler draws the indices of each batch
 * @param dataBatchifier joins the records' data
 * @param labelBatchifier joins the records' labels
 * @param pipeline transforms the data of each record, or of the whole batch on the bulk path
 * @param targetPipeline transforms the labels of the batch
 * @param device where the dataset wants its batches, if it says so
 */
record LoaderRecipe(
    RandomAccessDataset dataset,
    Sampler sampler,
    Batchifier dataBatchifier,
    Batchifier labelBatchifier,
    @Nullable Pipeline pipeline,
    @Nullable Pipeline targetPipeline,
    @Nullable Device device) {

  /**
   * The recipe of a dataset that iterates in DJL's own way. Nothing for any other dataset: one that
   * is no {@code RandomAccessDataset}, or that overrides {@code getData}.
   */
  static Optional<LoaderRecipe> of(Dataset dataset, Optional<Sampler> sampler) {
    if (!(dataset instanceof RandomAccessDataset records) || !iteratesAsDjl(records)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new LoaderRecipe(
              records,
              sampler.isPresent() ? sampler.get() : required(records, "sampler", Sampler.class),
              required(records, "dataBatchifier", Batchifier.class),
              required(records, "labelBatchifier", Batchifier.class),
              field(records, "pipeline", Pipeline.class),
              field(records, "targetPipeline", Pipeline.class),
              field(records, "device", Device.class)));
    } catch (ReflectiveOperationException | RuntimeException e) {
      // A DJL with other fields, or one that a module system hides: read ahead instead.
      return Optional.empty();
    }
  }

  /** Whether DJL copies whole batches out of arrays instead of joining records. */
  boolean isBulk() {
    return dataset instanceof ArrayDataset
        && dataBatchifier == Batchifier.STACK
        && labelBatchifier == Batchifier.STACK;
  }

  private static boolean iteratesAsDjl(RandomAccessDataset dataset) {
    return isDjls(dataset, NDManager.class)
        && isDjls(dataset, NDManager.class, ExecutorService.class)
        && isDjls(dataset, NDManager.class, Sampler.class, ExecutorService.class);
  }

  private static boolean isDjls(RandomAccessDataset dataset, Class<?>... parameters) {
    try {
      Class<?> owner = dataset.getClass().getMethod("getData", parameters).getDeclaringClass();
      return owner == RandomAccessDataset.class || owner == ArrayDataset.class;
    } catch (NoSuchMethodException e) {
      return false;
    }
  }

  private static <T> T required(RandomAccessDataset dataset, String name, Class<T> type)
      throws ReflectiveOperationException {
    T value = field(dataset, name, type);
    if (value == null) {
      throw new NoSuchFieldException(name);
    }
    return value;
  }

  private static <T> @Nullable T field(RandomAccessDataset dataset, String name, Class<T> type)
      throws ReflectiveOperationException {
    Field field = RandomAccessDataset.class.getDeclaredField(name);
    field.setAccessible(true);
    return type.cast(field.get(dataset));
  }
}
