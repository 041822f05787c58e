package io.smartops.loop;

/** What the allocator of a device's memory can be asked. */
@FunctionalInterface
public interface Allocator {
  /** Gives back what it keeps for later requests. */
  void release();

  /**
   * Drops what the engine has compiled for sizes of micro-batches; what is still in use is compiled
   * again, at the cost of the next micro-batches' time. The memory is free then, not given back.
   */
  default void dropKernels() {}

  /**
   * From now on each large block has a mapping of its own, which goes back to the system as a whole
   * when the block is freed. In an address space that ends, one block that stays would otherwise
   * hold all that lies below it in the heap.
   */
  default void mapLargeBlocks() {}

  /**
   * From now on what is freed is kept for the next step, in as far as {@link #release} does not ask
   * for it. Where memory is plentiful: pages that go back must be faulted in again.
   */
  default void keepFreed() {}
}
