package io.smartops.telemetry;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * Java's direct buffers, which arrays made from Java values stand on. Closing such an array frees
 * nothing: the garbage collector does, and it runs when the Java heap is full, not when memory
 * outside of it is. Records read from files leave up to {@code -XX:MaxDirectMemorySize} (as much as
 * the Java heap, unless set) of dead buffers.
 *
 * <p>Not thread-safe.
 */
public final class DirectBuffers {
  /** A collection is worth while from so many bytes beyond what the one before left. */
  static final long WORTH_BYTES = 8L << 20;

  /** How long the buffers of a collection are waited for, at most. */
  static final long LONGEST_WAIT_NANOS = 100_000_000;

  /**
   * The JVM's thread frees thousands of buffers a millisecond: a pause of this length is its end.
   */
  static final long PAUSE_NANOS = 1_000_000;

  private final BufferPoolMXBean pool =
      ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
          .filter(each -> each.getName().equals("direct"))
          .findFirst()
          .orElseThrow();
  private long leftBytes;

  /** Bytes of all direct buffers, dead ones included. */
  public long bytes() {
    return pool.getMemoryUsed();
  }

  /**
   * Frees the buffers that nothing refers to, by a garbage collection, if there may be enough of
   * them; returns once they are free.
   */
  public void freeDead() {
    leftBytes = Math.min(leftBytes, bytes());
    if (bytes() - leftBytes >= WORTH_BYTES) {
      ReferenceQueue<Object> dead = new ReferenceQueue<>();
      PhantomReference<Object> one = new PhantomReference<>(new Object(), dead);
      try {
        System.gc();
        awaitFrees(dead);
      } finally {
        Reference.reachabilityFence(one);
      }
      leftBytes = bytes();
    }
  }

  /** The thread that frees is at work once it has found {@code dead}'s object. */
  private void awaitFrees(ReferenceQueue<Object> dead) {
    long end = System.nanoTime() + LONGEST_WAIT_NANOS;
    try {
      boolean freeing = dead.remove(LONGEST_WAIT_NANOS / 1_000_000) != null;
      while (freeing && System.nanoTime() < end) {
        long before = bytes();
        LockSupport.parkNanos(PAUSE_NANOS);
        freeing = bytes() < before;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
