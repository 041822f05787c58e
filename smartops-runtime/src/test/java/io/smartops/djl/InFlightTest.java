package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Work that DJL hands to an executor and forgets is waited for, and its first failure reported. */
class InFlightTest {
  private final ExecutorService threads = Executors.newFixedThreadPool(2);
  private final InFlight inFlight = new InFlight(threads);

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void joinWaitsForAll() {
    AtomicInteger done = new AtomicInteger();
    CountDownLatch go = new CountDownLatch(1);
    for (int i = 0; i < 5; i++) {
      inFlight.execute(
          () -> {
            await(go);
            done.incrementAndGet();
          });
    }
    assertThat(done).hasValue(0);
    go.countDown();
    inFlight.join();
    assertThat(done).hasValue(5);
  }

  @Test
  void theFirstFailureIsReportedAfterAllAreDone() {
    AtomicInteger done = new AtomicInteger();
    CountDownLatch firstFailed = new CountDownLatch(1);
    RuntimeException first = new IllegalStateException("first");
    inFlight.execute(() -> fail(first, firstFailed));
    inFlight.execute(
        () -> {
          await(firstFailed);
          done.incrementAndGet();
          report(new IllegalStateException("second"));
        });
    assertThatThrownBy(inFlight::join).isSameAs(first);
    assertThat(done).hasValue(1);
    assertThatCode(inFlight::join).doesNotThrowAnyException();
  }

  private void fail(RuntimeException failure, CountDownLatch failed) {
    try {
      report(failure);
    } finally {
      failed.countDown();
    }
  }

  private void report(RuntimeException failure) {
    InFlight.reporting(
        inFlight,
        () -> {
          throw failure;
        });
  }

  /** Such a failure reaches its caller by itself. */
  @Test
  void aFailureOutsideOfTheTasksIsNotReportedAgain() {
    RuntimeException failure = new IllegalStateException("on the caller's thread");
    assertThatThrownBy(() -> report(failure)).isSameAs(failure);
    assertThatCode(inFlight::join).doesNotThrowAnyException();
  }

  @Test
  void anInterruptDoesNotCutTheWaitShort() {
    AtomicInteger done = new AtomicInteger();
    CountDownLatch go = new CountDownLatch(1);
    inFlight.execute(
        () -> {
          await(go);
          done.incrementAndGet();
        });
    Thread.currentThread().interrupt();
    inFlight.execute(go::countDown);
    inFlight.join();
    assertThat(done).hasValue(1);
    assertThat(Thread.interrupted()).isTrue();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
