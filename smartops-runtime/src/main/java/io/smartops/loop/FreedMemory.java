package io.smartops.loop;

/**
 * What the allocator of a device's memory keeps of what is freed, for all planners of the device.
 *
 * <p>Pages that go back to the system must be faulted in again, which took up to two thirds of a
 * step. So what is freed is kept
 *
 * <ul>
 *   <li>in full where memory is plentiful;
 *   <li>apart from the largest blocks where the system gives less than {@link
 *       MemoryUpkeep#PLENTY_BYTES};
 *   <li>in small blocks only where the address space ends.
 * </ul>
 *
 * <p>Not thread-safe: belongs to the thread that trains on the device.
 */
public final class FreedMemory {
  private final Allocator allocator;
  private Allocator.Keeping keeping = Allocator.Keeping.AS_IT_LIKES;

  /** The freed memory of an allocator that nothing has been asked of. */
  public FreedMemory(Allocator allocator) {
    this.allocator = allocator;
  }

  /** Gives back all that is kept. */
  void release() {
    allocator.release();
  }

  /** See {@link Allocator#dropKernels}. */
  void dropKernels() {
    allocator.dropKernels();
  }

  /** Whether a micro-batch finds the blocks that the one before has freed. */
  boolean keepsBlocks() {
    return keeping == Allocator.Keeping.ALL_BUT_THE_LARGEST || keeping == Allocator.Keeping.ALL;
  }

  /**
   * Tells the allocator what to keep, if that has changed.
   *
   * @param ends whether the process's address space does
   * @param plenty whether there is far more than is needed
   * @param little whether the system gives less than {@link MemoryUpkeep#PLENTY_BYTES}
   */
  void keep(boolean ends, boolean plenty, boolean little) {
    Allocator.Keeping wanted = wanted(ends, plenty, little);
    if (wanted != keeping) {
      keeping = wanted;
      allocator.keep(wanted);
    }
  }

  private Allocator.Keeping wanted(boolean ends, boolean plenty, boolean little) {
    if (ends) {
      return Allocator.Keeping.SMALL_BLOCKS;
    }
    if (little) {
      return Allocator.Keeping.ALL_BUT_THE_LARGEST;
    }
    return plenty ? Allocator.Keeping.ALL : keeping;
  }
}
