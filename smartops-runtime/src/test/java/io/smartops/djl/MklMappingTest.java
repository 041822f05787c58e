package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.smartops.telemetry.NativeAllocator;
import org.junit.jupiter.api.Test;

/** What libtorch's MKL really keeps. */
class MklMappingTest {
  private static final int SIDE = 512;

  private final NativeAllocator heap = NativeAllocator.ofProcess();

  @Test
  void whatAProductInFloat32LeavesBehindIsFreedAndTheNextIsRight() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray ones = manager.ones(new Shape(SIDE, SIDE));
      product(ones);
      assumeTrue(MklMapping.free(), "libtorch without MKL");
      assumeTrue(heap.allocatedBytes().isPresent(), "an allocator that is not glibc's");
      long before = heap.allocatedBytes().getAsLong();
      product(ones);
      long kept = heap.allocatedBytes().getAsLong() - before;
      MklMapping.free();
      long left = heap.allocatedBytes().getAsLong() - before;
      assertThat(kept).isGreaterThan(1 << 20);
      assertThat(left).isLessThan(kept / 2);
      assertThat(product(ones)).isEqualTo(SIDE);
    }
  }

  private static float product(NDArray ones) {
    try (NDArray product = ones.matMul(ones);
        NDArray mean = product.mean()) {
      return mean.getFloat();
    }
  }
}
