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

  /** What becomes of memory that is freed. */
  enum Keeping {
    /** Whatever the allocator does by itself. */
    AS_IT_LIKES,
    /**
     * Each large block has a mapping of its own, which goes back to the system as a whole and is
     * free for any other. Otherwise one block that stays may hold all that lies below it in the
     * heap.
     */
    SMALL_BLOCKS,
    /**
     * It is kept for the next step, in as far as {@link #release} does not ask for it: pages that
     * go back must be faulted in again. Only the largest blocks go back: what lies between them
     * could not be used for one.
     */
    ALL_BUT_THE_LARGEST,
    /** All of it is kept: for where memory is plentiful. */
    ALL
  }

  /** From now on memory that is freed is kept, or not. */
  default void keep(Keeping what) {}
}
