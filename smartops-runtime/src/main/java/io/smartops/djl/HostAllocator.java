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
  @Override
  public void release() {
    buffers.freeDead();
    heap.trim();
  }

  @Override
  public void dropKernels() {
    Kernels.drop();
  }

  @Override
  public void keepFreed() {
    heap.keepFreed();
  }

  @Override
  public void mapLargeBlocks() {
    heap.mapLargeBlocks();
  }
}
