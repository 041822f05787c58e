package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import io.smartops.SmartLoader;
import io.smartops.SmartLoaderOptions;
import io.smartops.djl.LoaderDatasets.Records;
import io.smartops.djl.LoaderDatasets.Seen;
import io.smartops.prefetch.LiveThreads;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Errors, early ends, and what is left behind. */
@Timeout(600)
class LoaderLifeTest {
  static final String THREADS = "smartops-loader";
  private static final int CYCLES = 10_000;

  private static SmartLoaderOptions.Builder options() {
    return SmartLoaderOptions.builder();
  }

  @Test
  void aBadRecordIsNamedWithItsCause() {
    Records dataset = new Records.Builder().setSampling(8, false).bad(19L).build();
    try (SmartLoader loader = SmartLoader.of(dataset)) {
      Iterator<Batch> batches = loader.iterator();
      batches.next().close();
      batches.next().close();
      assertThatThrownBy(batches::next)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("Data loading failed at record 19")
          .hasCauseInstanceOf(IOException.class)
          .hasRootCauseMessage("cannot read 19");
      try (Batch batch = batches.next()) {
        assertThat(batch.getIndices()).isEqualTo(List.of(24L, 25L, 26L, 27L, 28L, 29L, 30L, 31L));
      }
    }
  }

  @Test
  void badRecordsAreLeftOutUpToTheBound() {
    Records dataset = new Records.Builder().setSampling(8, false).bad(3L, 19L, 48L, 49L).build();
    try (SmartLoader loader = SmartLoader.of(dataset, options().optSkipBadRecords(4).build())) {
      List<Seen> seen = LoaderDatasets.drain(loader);
      // The last batch held two records, both bad: it is left out whole.
      assertThat(seen).extracting(Seen::size).containsExactly(7, 8, 7, 8, 8, 8);
      assertThat(seen.get(0).indices()).isEqualTo(List.of(0L, 1L, 2L, 4L, 5L, 6L, 7L));
      assertThat(loader.stats().skippedRecords()).isEqualTo(4);
    }
    try (SmartLoader loader = SmartLoader.of(dataset, options().optSkipBadRecords(3).build())) {
      assertThatThrownBy(() -> LoaderDatasets.drain(loader))
          .hasMessageContaining("more than the 3 bad records allowed");
    }
  }

  @Test
  void aDatasetThatIsNotThreadSafeIsReadByOneThreadAtATime() {
    Records dataset = new Records.Builder().size(500).setSampling(4, true).build();
    try (SmartLoader loader = SmartLoader.of(dataset, options().optThreadSafe(false).build())) {
      assertThat(LoaderDatasets.drain(loader)).hasSize(125);
    }
    assertThat(dataset.mostInside()).isEqualTo(1);
  }

  @Test
  void theEndOfTheDataFreesAll() throws Exception {
    Records dataset = new Records.Builder().setSampling(8, true).build();
    try (NDManager parent = NDManager.newBaseManager()) {
      SmartLoader loader =
          SmartLoader.of(dataset, options().optManager(parent).optWorkers(3).build());
      LoaderDatasets.drain(loader);
      assertThat(LiveThreads.staying(THREADS)).isZero();
      loader.close();
      assertThat(parent.getManagedArrays()).isEmpty();
    }
  }

  @Test
  void whatARecordLeavesBehindIsFreedAtOnce() {
    Records dataset = new Records.Builder().setSampling(8, false).leavesBehind().build();
    try (SmartLoader loader = SmartLoader.of(dataset, options().optWorkers(1).build())) {
      LoaderDatasets.drain(loader);
    }
    assertThat(dataset.mostLeftBehind()).as("one of each thread that reads").isBetween(1, 2);
  }

  /** Threads of their own for each pass would leave as many heaps of the C allocator behind. */
  @Test
  void passesFollowEachOtherOnTheSameThreads() {
    int passes = 20;
    Records dataset = new Records.Builder().setSampling(8, true).build();
    try (SmartLoader loader = SmartLoader.of(dataset, options().optWorkers(1).build())) {
      for (int pass = 0; pass < passes; pass++) {
        LoaderDatasets.drain(loader);
      }
    }
    assertThat(dataset.readers()).hasSizeLessThan(passes / 2);
  }

  @Test
  void closingTheParentEndsAPassInFlight() throws Exception {
    NDManager parent = NDManager.newBaseManager();
    Records dataset = new Records.Builder().size(5_000).setSampling(8, true).build();
    SmartLoader loader =
        SmartLoader.of(dataset, options().optManager(parent).optWorkers(3).build());
    Iterator<Batch> batches = loader.iterator();
    Batch held = batches.next();
    assertThat(threads()).isPositive();
    parent.close();
    assertThat(LiveThreads.staying(THREADS)).isZero();
    assertThat(held.getManager().isOpen()).isFalse();
    assertThat(batches.hasNext()).isFalse();
  }

  @Test
  void anAbandonedPassIsEndedWhenUnreachable() throws Exception {
    Records dataset = new Records.Builder().size(5_000).setSampling(8, true).build();
    try (NDManager parent = NDManager.newBaseManager();
        SmartLoader loader =
            SmartLoader.of(dataset, options().optManager(parent).optWorkers(3).build())) {
      leaveEarly(loader);
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (threads() > 0 && System.nanoTime() < deadline) {
        System.gc();
        Thread.onSpinWait();
      }
      assertThat(LiveThreads.staying(THREADS)).isZero();
    }
  }

  private static void leaveEarly(SmartLoader loader) {
    for (Batch batch : loader) {
      batch.close();
      break;
    }
  }

  /** 10,000 random open, fail and close cycles over DJL arrays: no hang, thread or array left. */
  @Test
  void soakLeavesNothingBehind() throws Exception {
    Random random = new Random(4);
    try (NDManager parent = NDManager.newBaseManager()) {
      for (int cycle = 0; cycle < CYCLES; cycle++) {
        soakCycle(random, parent);
        if (cycle % 500 == 0) {
          assertNothingLeft(parent);
        }
      }
      assertNothingLeft(parent);
    }
  }

  private static void assertNothingLeft(NDManager parent) throws Exception {
    assertThat(parent.getManagedArrays()).isEmpty();
    assertThat(parent.toString()).contains("Resource size: 0");
    assertThat(LiveThreads.staying(THREADS)).isZero();
  }

  private static void soakCycle(Random random, NDManager parent) {
    Records dataset =
        new Records.Builder()
            .size(random.nextInt(30))
            .setSampling(1 + random.nextInt(4), random.nextBoolean())
            .bad((long) random.nextInt(60))
            .build();
    SmartLoaderOptions.Builder options =
        options().optManager(parent).optThreadSafe(random.nextInt(4) > 0);
    if (random.nextInt(4) > 0) {
      options.optWorkers(random.nextInt(5));
    }
    if (random.nextInt(4) == 0) {
      options.optMemoryCapBytes(1 + random.nextInt(300));
    }
    try (SmartLoader loader = SmartLoader.of(dataset, options.build())) {
      Iterator<Batch> batches = loader.iterator();
      for (int left = random.nextInt(12); left > 0 && batches.hasNext(); left--) {
        takeOne(batches, random.nextBoolean());
      }
    }
  }

  private static void takeOne(Iterator<Batch> batches, boolean close) {
    try {
      Batch batch = batches.next();
      if (close) {
        batch.close();
      }
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageContaining("Data loading failed at record");
    }
  }

  /** Worker threads of all loaders. */
  static long threads() {
    return LiveThreads.now(THREADS);
  }
}
