package io.smartops.prefetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.prefetch.FakeStore.Item;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** 10,000 random open, resize, fail and close cycles: no hang, no thread, no byte left. */
class PrefetchEngineSoakTest {
  private static final int ITEM_BYTES = 1_000;
  private static final String THREADS = "engine-soak";
  private static final int CYCLES = 10_000;

  @Test
  @Timeout(600)
  void leavesNothingBehind() throws Exception {
    Random random = new Random(20_261);
    for (int cycle = 0; cycle < CYCLES; cycle++) {
      cycle(random, cycle);
    }
    assertThat(LiveThreads.staying(THREADS)).isZero();
  }

  private static void cycle(Random random, long seed) throws Exception {
    FakeStore store = new FakeStore(seed, random.nextInt(30), ITEM_BYTES, 0.1);
    PrefetchOptions options =
        new PrefetchOptions(
            ITEM_BYTES + random.nextInt(8_000),
            random.nextInt(5) == 0,
            LiveThreads.perTask(THREADS));
    int takes = random.nextInt(35);
    try (PrefetchEngine<Item> engine = store.open(settings(random), options)) {
      for (int i = 0; i < takes; i++) {
        takeOne(engine, store);
        if (random.nextInt(3) == 0) {
          engine.resize(settings(random));
        }
      }
    }
    assertThat(store.heldBytes()).isZero();
    // The store also counts the item in the consumer's hands, which is not the engine's.
    assertThat(store.peakBytes()).isLessThanOrEqualTo(options.capBytes() + ITEM_BYTES);
  }

  private static PrefetchSettings settings(Random random) {
    return new PrefetchSettings(random.nextInt(5), 1 + random.nextInt(40));
  }

  private static void takeOne(PrefetchEngine<Item> engine, FakeStore store) throws Exception {
    try {
      engine.take().ifPresent(delivery -> store.free(delivery.value()));
    } catch (ExecutionException expected) {
      assertThat(expected.getCause()).hasMessageStartingWith("item ");
    }
  }
}
