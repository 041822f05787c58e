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
 *   <li>in small blocks only where the address space ends; and, where the system gives so little,
 *       as long as no batch has taken one pass, or once a large loss has taken turns with
 *       micro-batches: each needs the pages of the other.
 * </ul>
 *
 * <p>Not thread-safe: belongs to the thread that trains on the device.
 */
public final class FreedMemory {
  /** A loss that takes more than this, by itself, is large. */
  static final long LARGE_LOSS_BYTES = 32L << 20;

  private final Allocator allocator;
  private Allocator.Keeping keeping = Allocator.Keeping.AS_IT_LIKES;
  private boolean onePass;
  private long lossBytes;

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

  /** A loss between micro-batches took so many bytes. */
  void lossTook(long bytes) {
    lossBytes = Math.max(lossBytes, bytes);
  }

  /** A training batch is done. */
  void batchDone(Way way) {
    onePass = way != Way.TWO_PASS;
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
    boolean inTurns = !onePass || lossBytes > LARGE_LOSS_BYTES;
    if (ends || (little && inTurns)) {
      return Allocator.Keeping.SMALL_BLOCKS;
    }
    if (little) {
      return Allocator.Keeping.ALL_BUT_THE_LARGEST;
    }
    return plenty ? Allocator.Keeping.ALL : keeping;
  }
}
