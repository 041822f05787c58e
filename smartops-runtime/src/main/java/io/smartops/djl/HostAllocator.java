package io.smartops.djl;

import io.smartops.loop.Allocator;
import io.smartops.telemetry.NativeAllocator;

/**
 * The C allocator, from which libtorch takes its tensors on a processor.
 *
 * @param heap the same, as telemetry reads it
 */
record HostAllocator(NativeAllocator heap) implements Allocator {
  @Override
  public void release() {
    heap.trim();
  }

  @Override
  public void releaseAll() {
    Kernels.drop();
    heap.trim();
  }

  @Override
  public void mapLargeBlocks() {
    heap.mapLargeBlocks();
  }
}
