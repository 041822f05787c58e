package io.smartops.djl;

import io.smartops.loop.Allocator;
import io.smartops.telemetry.DirectBuffers;
import io.smartops.telemetry.NativeAllocator;

/**
 * The C allocator, from which libtorch takes its tensors on a processor.
 *
 * @param heap the same, as telemetry reads it
 * @param buffers what arrays made from Java values stand on
 */
record HostAllocator(NativeAllocator heap, DirectBuffers buffers) implements Allocator {
  /** glibc's heaps of threads have 64 MiB: four blocks of this size waste little of one. */
  private static final int LARGEST_KEPT_IF_SCARCE = 16 << 20;

  @Override
  public void release() {
    buffers.freeDead();
    MklMapping.free();
    heap.trim();
  }

  @Override
  public void dropKernels() {
    Kernels.drop();
  }

  @Override
  public void keep(Keeping what) {
    switch (what) {
      case AS_IT_LIKES -> throw new IllegalArgumentException("what was set cannot be unset");
      case SMALL_BLOCKS -> heap.mapLargeBlocks();
      case ALL_BUT_THE_LARGEST -> heap.keepFreed(LARGEST_KEPT_IF_SCARCE);
      case ALL -> heap.keepFreed(NativeAllocator.LARGEST_HEAP_BLOCK_BYTES);
    }
  }
}
