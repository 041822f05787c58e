package io.smartops.prefetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.prefetch.FakeStore.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** Whatever is resized, fails or is closed: order, caps and memory hold. */
class PrefetchEnginePropertyTest {
  private static final int ITEM_BYTES = 1_000;
  private static final String THREADS = "engine-property";

  @Property(tries = 300, seed = "20261122")
  void deliversEverythingInOrderWithinTheCap(
      @ForAll long seed,
      @ForAll @IntRange(max = 60) int items,
      @ForAll @IntRange(max = 6) int workers,
      @ForAll @IntRange(min = 1, max = 12) int depth,
      @ForAll @DoubleRange(max = 0.3) double failureShare,
      @ForAll @IntRange(min = 1, max = 6) int capInItems,
      @ForAll boolean exclusive)
      throws Exception {
    FakeStore store = new FakeStore(seed, items, ITEM_BYTES, failureShare);
    Random random = new Random(seed);
    PrefetchOptions options =
        new PrefetchOptions(
            (long) ITEM_BYTES * capInItems, exclusive, LiveThreads.perTask(THREADS));
    List<Integer> delivered = new ArrayList<>();

    try (PrefetchEngine<Item> engine = store.open(new PrefetchSettings(workers, depth), options)) {
      while (engine.hasNext()) {
        delivered.add(takeIndex(engine, store));
        if (random.nextInt(4) == 0) {
          engine.resize(new PrefetchSettings(random.nextInt(7), 1 + random.nextInt(12)));
          engine.refill();
        }
      }
      assertThat(engine.take()).isEmpty();
      assertThat(engine.status().usedBytes()).isZero();
      assertThat(engine.status().oversized()).isZero();
      assertThat(engine.status().peakBytes()).isLessThanOrEqualTo(options.capBytes());
    }

    assertThat(delivered).isEqualTo(expected(store, items));
    // The store also counts the item in the consumer's hands, which is not the engine's.
    assertThat(store.peakBytes()).isLessThanOrEqualTo(options.capBytes() + ITEM_BYTES);
    assertThat(store.heldBytes()).isZero();
    assertThat(LiveThreads.staying(THREADS)).isZero();
    if (exclusive) {
      assertThat(store.peakRunning()).isLessThanOrEqualTo(1);
    }
  }

  @Property(tries = 200, seed = "20261122")
  void closesCleanlyAtAnyMoment(
      @ForAll long seed,
      @ForAll @IntRange(max = 40) int taken,
      @ForAll @IntRange(max = 6) int workers,
      @ForAll @IntRange(min = 1, max = 60) int depth)
      throws Exception {
    FakeStore store = new FakeStore(seed, 40, ITEM_BYTES, 0.1);
    PrefetchEngine<Item> engine =
        store.open(
            new PrefetchSettings(workers, depth),
            new PrefetchOptions(5_000, false, LiveThreads.perTask(THREADS)));
    for (int i = 0; i < taken; i++) {
      takeIndex(engine, store);
    }
    engine.close();

    assertThat(store.heldBytes()).isZero();
    assertThat(LiveThreads.staying(THREADS)).isZero();
    assertThat(engine.hasNext()).isFalse();
  }

  /** Takes and frees one item; a failed one is written as minus its index minus one. */
  private static int takeIndex(PrefetchEngine<Item> engine, FakeStore store)
      throws InterruptedException {
    try {
      Item item = engine.take().orElseThrow().value();
      store.free(item);
      return item.index();
    } catch (ExecutionException e) {
      return -1 - Integer.parseInt(e.getCause().getMessage().substring("item ".length()));
    }
  }

  private static List<Integer> expected(FakeStore store, int items) {
    List<Integer> indices = new ArrayList<>();
    for (int i = 0; i < items; i++) {
      indices.add(store.fails(i) ? -1 - i : i);
    }
    return indices;
  }
}
