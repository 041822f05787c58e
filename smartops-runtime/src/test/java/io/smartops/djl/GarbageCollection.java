package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Collections whose end can be waited for. */
final class GarbageCollection {
  private static final Cleaner CLEANER = Cleaner.create();

  private GarbageCollection() {}

  /** Collects, and returns once the JVM has begun to free what it found. */
  static void await() {
    CountDownLatch cleaned = new CountDownLatch(1);
    WeakReference<Object> canary = canary(cleaned);
    try {
      do {
        System.gc();
      } while (!cleaned.await(100, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    assertThat(canary.get()).isNull();
  }

  /** The same, and returns once all of it is free: what a second one finds comes after it. */
  static void awaitFrees() {
    await();
    await();
  }

  private static WeakReference<Object> canary(CountDownLatch cleaned) {
    Object object = new Object();
    CLEANER.register(object, cleaned::countDown);
    return new WeakReference<>(object);
  }
}
