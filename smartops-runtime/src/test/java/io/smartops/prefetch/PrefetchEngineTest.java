package io.smartops.prefetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smartops.prefetch.FakeStore.Item;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The engine's behaviour in cases that a script can pin down. */
@Timeout(30)
class PrefetchEngineTest {
  private static final String THREADS = "engine-test";
  private static final PrefetchOptions PLENTY =
      new PrefetchOptions(1 << 20, false, LiveThreads.perTask(THREADS));

  private static PrefetchEngine<Integer> engine(
      Iterator<? extends PrefetchTask<Integer>> tasks, int workers, int depth) {
    return new PrefetchEngine<>(
        tasks, new PrefetchSettings(workers, depth), PLENTY, item -> 1, item -> {});
  }

  @Test
  void buildsAheadUpToTheDepthAndNoFurther() throws Exception {
    CountDownLatch fourBuilt = new CountDownLatch(4);
    AtomicInteger built = new AtomicInteger();
    PrefetchTask<Integer> task =
        hold -> {
          int item = built.incrementAndGet();
          fourBuilt.countDown();
          return item;
        };
    try (PrefetchEngine<Integer> engine =
        engine(List.of(task, task, task, task, task, task).iterator(), 2, 3)) {
      engine.take();
      fourBuilt.await();
      assertThat(engine.status().outstanding()).isEqualTo(3);
      assertThat(built.get()).isEqualTo(4);
    }
  }

  @Test
  void withoutWorkersTheConsumerBuilds() throws Exception {
    Thread consumer = Thread.currentThread();
    PrefetchTask<Integer> task =
        hold -> {
          assertThat(Thread.currentThread()).isSameAs(consumer);
          return 1;
        };
    try (PrefetchEngine<Integer> engine = engine(List.of(task, task).iterator(), 0, 2)) {
      assertThat(engine.take().orElseThrow().builtByConsumer()).isTrue();
      assertThat(engine.status().threads()).isZero();
    }
  }

  @Test
  void workersThatRestAreCalledToHelpWithTheLastItem() throws Exception {
    CountDownLatch bothWork = new CountDownLatch(2);
    PrefetchTask<Integer> early =
        hold -> {
          bothWork.countDown();
          bothWork.await();
          return 1;
        };
    CountDownLatch helped = new CountDownLatch(1);
    PrefetchTask<Integer> last =
        new PrefetchTask<>() {
          @Override
          public Integer build(MemoryHold hold) throws Exception {
            helped.await();
            return 2;
          }

          @Override
          public boolean help() {
            helped.countDown();
            return false;
          }
        };
    Iterator<PrefetchTask<Integer>> source =
        Stream.of(early, early, last)
            .peek(task -> awaitRest(task == last ? THREADS : "nobody"))
            .iterator();
    try (PrefetchEngine<Integer> engine = engine(source, 2, 4)) {
      engine.refill();
      helped.await();
    }
  }

  private static void awaitRest(String threads) {
    while (LiveThreads.named(threads).stream()
        .anyMatch(thread -> thread.getState() != Thread.State.TIMED_WAITING)) {
      Thread.onSpinWait();
    }
  }

  @Test
  void surfacesAFailureInItsPlaceAndGoesOn() throws Exception {
    IllegalArgumentException failure = new IllegalArgumentException("broken");
    PrefetchTask<Integer> bad =
        hold -> {
          throw failure;
        };
    try (PrefetchEngine<Integer> engine =
        engine(List.<PrefetchTask<Integer>>of(hold -> 1, bad, hold -> 3).iterator(), 2, 3)) {
      assertThat(engine.take().orElseThrow().value()).isEqualTo(1);
      assertThatThrownBy(engine::take).isInstanceOf(ExecutionException.class).hasCause(failure);
      assertThat(engine.take().orElseThrow().value()).isEqualTo(3);
      assertThat(engine.take()).isEmpty();
    }
  }

  @Test
  void surfacesAFailureOfTheSourceAfterTheItemsBeforeIt() throws Exception {
    Iterator<PrefetchTask<Integer>> source =
        new Iterator<>() {
          private int drawn;

          @Override
          public boolean hasNext() {
            return true;
          }

          @Override
          public PrefetchTask<Integer> next() {
            if (++drawn > 2) {
              throw new IllegalStateException("sampler broke");
            }
            return hold -> 1;
          }
        };
    try (PrefetchEngine<Integer> engine = engine(source, 1, 4)) {
      engine.take();
      engine.take();
      assertThatThrownBy(engine::take).hasRootCauseMessage("sampler broke");
      assertThat(engine.hasNext()).isFalse();
    }
  }

  @Test
  void anInterruptedTakeLosesNothing() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(2);
    PrefetchTask<Integer> slow =
        hold -> {
          begun.countDown();
          release.await();
          return 7;
        };
    try (PrefetchEngine<Integer> engine =
        engine(List.<PrefetchTask<Integer>>of(hold -> 1, slow, slow).iterator(), 2, 3)) {
      engine.take();
      begun.await();
      Thread.currentThread().interrupt();
      assertThatThrownBy(engine::take).isInstanceOf(InterruptedException.class);
      release.countDown();
      assertThat(engine.take().orElseThrow().value()).isEqualTo(7);
    }
  }

  @Test
  void closeReleasesABlockedConsumer() throws Exception {
    CountDownLatch begun = new CountDownLatch(2);
    CountDownLatch never = new CountDownLatch(1);
    PrefetchTask<Integer> stuck =
        hold -> {
          begun.countDown();
          never.await();
          return 1;
        };
    PrefetchEngine<Integer> engine =
        engine(List.<PrefetchTask<Integer>>of(hold -> 1, stuck, stuck).iterator(), 2, 3);
    engine.take();
    begun.await();
    FutureTask<Throwable> consumer =
        new FutureTask<>(
            () -> {
              try {
                engine.take();
                return null;
              } catch (IllegalStateException e) {
                return e;
              }
            });
    Thread thread = new Thread(consumer);
    thread.start();
    engine.close();
    assertThat(consumer.get(20, TimeUnit.SECONDS)).hasMessageContaining("closed");
    assertThat(engine.status().threads()).isZero();
  }

  @Test
  void anItemLargerThanTheCapIsBuiltAlone() throws Exception {
    FakeStore store = new FakeStore(3, 20, 1_000, 0);
    try (PrefetchEngine<Item> engine =
        store.open(
            new PrefetchSettings(4, 8),
            new PrefetchOptions(100, false, LiveThreads.perTask(THREADS)))) {
      for (int i = 0; i < 20; i++) {
        Item item = engine.take().orElseThrow().value();
        assertThat(item.index()).isEqualTo(i);
        store.free(item);
      }
      assertThat(engine.status().oversized()).isPositive();
    }
    assertThat(store.heldBytes()).isZero();
  }

  @Test
  void theHeadTakesTheMemoryOfLaterItems() throws Exception {
    CountDownLatch laterReady = new CountDownLatch(1);
    PrefetchTask<Integer> head =
        hold -> {
          laterReady.await();
          hold.hold(80);
          return 1;
        };
    PrefetchTask<Integer> later =
        hold -> {
          hold.hold(60);
          laterReady.countDown();
          return 2;
        };
    AtomicInteger disposed = new AtomicInteger();
    try (PrefetchEngine<Integer> engine =
        new PrefetchEngine<>(
            List.of(head, later).iterator(),
            new PrefetchSettings(2, 2),
            new PrefetchOptions(100, false, LiveThreads.perTask(THREADS)),
            item -> item == 1 ? 80 : 60,
            item -> disposed.incrementAndGet())) {
      assertThat(engine.take().orElseThrow().value()).isEqualTo(1);
      assertThat(engine.take().orElseThrow().value()).isEqualTo(2);
      assertThat(engine.status().preempted()).isEqualTo(1);
      assertThat(engine.status().peakBytes()).isLessThanOrEqualTo(100);
    }
  }

  @Test
  void settingsOutOfBoundsAreRejectedByName() {
    assertThatThrownBy(() -> new PrefetchSettings(-1, 2))
        .hasMessage("workers must be at least 0, but is -1");
    assertThatThrownBy(() -> new PrefetchSettings(1, 0))
        .hasMessage("depth must be at least 1, but is 0");
  }
}
