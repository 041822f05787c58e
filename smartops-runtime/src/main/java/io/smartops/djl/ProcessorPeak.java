package io.smartops.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.time.Duration;

/**
 * The peak of this machine's processor in float32, measured: the best of several products of two
 * matrices that fit its caches. Takes a tenth of a second and 3 MiB; draws no random number.
 */
final class ProcessorPeak {
  private static final int SIDE = 512;
  private static final double FLOPS = 2.0 * SIDE * SIDE * SIDE;
  private static final Duration TIME = Duration.ofMillis(100);
  private static final double NANOS_PER_SECOND = 1e9;

  private ProcessorPeak() {}

  /** FLOPs per second. */
  static double measure(NDManager parent) {
    try (NDManager manager = parent.newSubManager(Device.cpu())) {
      NDArray matrix = manager.full(new Shape(SIDE, SIDE), 0.5f, DataType.FLOAT32);
      product(matrix); // the first one loads kernels and starts threads
      long end = System.nanoTime() + TIME.toNanos();
      long best = Long.MAX_VALUE;
      while (System.nanoTime() < end) {
        best = Math.min(best, product(matrix));
      }
      return FLOPS * NANOS_PER_SECOND / best;
    }
  }

  private static long product(NDArray matrix) {
    long start = System.nanoTime();
    matrix.matMul(matrix).close();
    return System.nanoTime() - start;
  }
}
