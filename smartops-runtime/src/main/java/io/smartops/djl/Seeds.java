package io.smartops.djl;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Seeds for the micro-batches of split batches, so that a forward pass can be repeated with the
 * same dropout masks. A seed follows from the user's own seed (if set), the logical batch and the
 * micro-batch; it does not depend on what failed before.
 *
 * <p>Mixing: the finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
 * generators, 2014).
 */
final class Seeds {
  /** 2^64 divided by the golden ratio, as in SplitMix64. */
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  /** The engine's generators are common to all devices: seeding and forward go together. */
  private static final ReentrantLock SEEDED_FORWARD = new ReentrantLock();

  private static final long FALLBACK = ThreadLocalRandom.current().nextLong();

  private Seeds() {}

  /** The seed of micro-batch {@code part} of the logical batch {@code batch}. */
  static long of(long batch, int part) {
    return mix(mix(base() + GOLDEN_GAMMA * batch) + GOLDEN_GAMMA * (part + 1));
  }

  /**
   * Seeds the engine's generators alone: DJL's own setRandomSeed would also make samplers repeat
   * their order.
   */
  static void apply(long seed) {
    JniUtils.setSeed(seed);
  }

  /** Runs a forward pass from a seed. */
  static <T> T seeded(long seed, Supplier<T> forward) {
    SEEDED_FORWARD.lock();
    try {
      apply(seed);
      return forward.get();
    } finally {
      SEEDED_FORWARD.unlock();
    }
  }

  private static long base() {
    @Nullable Integer seed = Engine.getInstance().getSeed();
    return seed == null ? FALLBACK : seed;
  }

  private static long mix(long z) {
    long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
    return b ^ (b >>> 31);
  }
}
