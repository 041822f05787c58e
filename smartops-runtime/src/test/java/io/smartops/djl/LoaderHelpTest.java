package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import ai.djl.util.Progress;
import io.smartops.SmartLoader;
import io.smartops.SmartLoaderOptions;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several threads read one batch, so that the step has it early. */
class LoaderHelpTest {
  private static final int BATCH = 8;
  private static final int RECORDS = 4 * BATCH;
  private static final SmartLoaderOptions THREE_WORKERS =
      SmartLoaderOptions.builder().optWorkers(3).build();

  /** Reading the first record of one batch ends only when its others were asked for. */
  private static final class Meeting extends RandomAccessDataset {
    private static final long PATIENCE_SECONDS = 30;

    private final long bad;
    private final long first;
    private final CountDownLatch others = new CountDownLatch(BATCH - 1);

    private Meeting(Builder builder) {
      super(builder);
      this.bad = builder.bad;
      this.first = builder.first;
    }

    @Override
    public Record get(NDManager manager, long index) throws IOException {
      if (index == first) {
        awaitOthers();
      } else if (index > first && index < first + BATCH) {
        others.countDown();
      }
      if (index == bad) {
        throw new IOException("cannot read " + index);
      }
      return new Record(new NDList(manager.create(index)), new NDList(manager.create(index)));
    }

    private void awaitOthers() throws IOException {
      try {
        if (!others.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          throw new IOException("nobody else reads the batch");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }

    @Override
    protected long availableSize() {
      return RECORDS;
    }

    @Override
    public void prepare(Progress progress) {}

    static final class Builder extends BaseBuilder<Builder> {
      private long bad = -1;
      private long first;

      Builder meetingAt(long record) {
        this.first = record;
        return this;
      }

      Builder bad(long index) {
        this.bad = index;
        return this;
      }

      @Override
      protected Builder self() {
        return this;
      }

      Meeting build() {
        return new Meeting(this);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, RECORDS - BATCH})
  void theFirstAndTheLastBatchAreReadBySeveralThreads(long firstRecord) {
    Meeting dataset =
        new Meeting.Builder().setSampling(BATCH, false).meetingAt(firstRecord).build();
    try (SmartLoader loader = SmartLoader.of(dataset, THREE_WORKERS)) {
      long expected = 0;
      for (Batch batch : loader) {
        try (batch) {
          for (long label : batch.getLabels().head().toLongArray()) {
            assertThat(label).isEqualTo(expected++);
          }
        }
      }
      assertThat(expected).isEqualTo(RECORDS);
    }
  }

  @Test
  void aBadRecordThatAHelperMeetsEndsItsOwnBatchOnly() {
    Meeting dataset = new Meeting.Builder().setSampling(BATCH, false).bad(BATCH - 1).build();
    try (NDManager parent = NDManager.newBaseManager()) {
      SmartLoaderOptions options =
          SmartLoaderOptions.builder().optWorkers(3).optManager(parent).build();
      try (SmartLoader loader = SmartLoader.of(dataset, options)) {
        Iterator<Batch> batches = loader.iterator();
        assertThatThrownBy(batches::next)
            .hasMessageContaining("Data loading failed at record 7")
            .hasRootCauseMessage("cannot read 7");
        try (Batch next = batches.next()) {
          assertThat(next.getIndices()).isEqualTo(List.of(8L, 9L, 10L, 11L, 12L, 13L, 14L, 15L));
        }
      }
      assertThat(parent.getManagedArrays()).isEmpty();
    }
  }
}
