package io.smartops.benchmarks.compare;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import ai.djl.util.Progress;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A dataset whose records arrive late, in shuffled batches of which some are loaded ahead. */
final class FedDataset extends RandomAccessDataset {
  private final RandomAccessDataset source;
  private final long latencyNanos;

  private FedDataset(Builder builder) {
    super(builder);
    this.source = Objects.requireNonNull(builder.source);
    this.latencyNanos = builder.latencyNanos;
  }

  /** The records of {@code source}, which must have no pipeline, each after {@code latency}. */
  static FedDataset of(RandomAccessDataset source, int batchSize, int depth, Duration latency) {
    Builder builder = new Builder();
    builder.source = source;
    builder.latencyNanos = latency.toNanos();
    return new FedDataset(builder.setSampling(batchSize, true).optPrefetchNumber(depth));
  }

  @Override
  public Record get(NDManager manager, long index) throws IOException {
    long end = System.nanoTime() + latencyNanos;
    for (long left = latencyNanos; left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    return source.get(manager, index);
  }

  @Override
  protected long availableSize() {
    return source.size();
  }

  @Override
  public void prepare(@Nullable Progress progress) {
    // The source is prepared.
  }

  private static final class Builder extends BaseBuilder<Builder> {
    private @Nullable RandomAccessDataset source;
    private long latencyNanos;

    @Override
    protected Builder self() {
      return this;
    }
  }
}
