package io.smartops.prefetch;

import java.io.IOException;
import java.util.Iterator;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/** A source of items whose memory is counted: sizes, spins and failures follow from the seed. */
final class FakeStore {
  /** An item that knows its size. */
  record Item(int index, long bytes) {}

  private final long seed;
  private final int items;
  private final int maxBytes;
  private final double failureShare;
  private final AtomicLong heldBytes = new AtomicLong();
  private final AtomicLong peakBytes = new AtomicLong();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger peakRunning = new AtomicInteger();

  FakeStore(long seed, int items, int maxBytes, double failureShare) {
    this.seed = seed;
    this.items = items;
    this.maxBytes = maxBytes;
    this.failureShare = failureShare;
  }

  Iterator<PrefetchTask<Item>> tasks() {
    return IntStream.range(0, items).<PrefetchTask<Item>>mapToObj(this::task).iterator();
  }

  boolean fails(int index) {
    return random(index).nextDouble() < failureShare;
  }

  private Random random(int index) {
    Random random = new Random(seed * 1_000_003 + index);
    random.nextLong();
    return random;
  }

  private PrefetchTask<Item> task(int index) {
    return hold -> build(index, hold);
  }

  private Item build(int index, MemoryHold hold) throws Exception {
    Random random = random(index);
    boolean fails = random.nextDouble() < failureShare;
    peakRunning.accumulateAndGet(running.incrementAndGet(), Math::max);
    long held = 0;
    boolean built = false;
    try {
      int steps = 1 + random.nextInt(4);
      for (int step = 0; step < steps; step++) {
        long more = 1L + random.nextInt(maxBytes / steps);
        if (!random.nextBoolean() || !hold.holdIfRoom(held + more)) {
          hold.hold(held + more);
        }
        held += more;
        peakBytes.accumulateAndGet(heldBytes.addAndGet(more), Math::max);
        spin(random.nextInt(500));
      }
      if (fails) {
        throw new IOException("item " + index);
      }
      built = true;
      return new Item(index, held);
    } finally {
      running.decrementAndGet();
      if (!built) {
        heldBytes.addAndGet(-held);
      }
    }
  }

  private static void spin(int turns) {
    for (int i = 0; i < turns; i++) {
      Thread.onSpinWait();
    }
  }

  void free(Item item) {
    heldBytes.addAndGet(-item.bytes());
  }

  long heldBytes() {
    return heldBytes.get();
  }

  long peakBytes() {
    return peakBytes.get();
  }

  int peakRunning() {
    return peakRunning.get();
  }

  PrefetchEngine<Item> open(PrefetchSettings settings, PrefetchOptions options) {
    return new PrefetchEngine<>(tasks(), settings, options, Item::bytes, this::free);
  }
}
