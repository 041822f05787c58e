package io.smartops.examples;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import ai.djl.util.Progress;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A dataset whose records are made one by one, whenever they are needed. */
final class RecordDataset extends RandomAccessDataset {
  private final long records;
  private final Reader reader;

  private RecordDataset(Builder builder) {
    super(builder);
    this.records = builder.records;
    this.reader = Objects.requireNonNull(builder.reader);
  }

  /** Makes the record of an index; several threads may ask at the same time. */
  interface Reader {
    Record read(NDManager manager, int index) throws IOException;
  }

  /** Records 0 to {@code records} - 1 in batches, shuffled or in order. */
  static RecordDataset of(int records, Reader reader, int batchSize, boolean shuffled) {
    Builder builder = new Builder();
    builder.records = records;
    builder.reader = reader;
    return new RecordDataset(builder.setSampling(batchSize, shuffled));
  }

  @Override
  public Record get(NDManager manager, long index) throws IOException {
    return reader.read(manager, Math.toIntExact(index));
  }

  @Override
  protected long availableSize() {
    return records;
  }

  @Override
  public void prepare(@Nullable Progress progress) {
    // Nothing to do before the first record.
  }

  private static final class Builder extends BaseBuilder<Builder> {
    private long records;
    private @Nullable Reader reader;

    @Override
    protected Builder self() {
      return this;
    }
  }
}
