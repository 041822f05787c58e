package io.smartops.loop;

import io.smartops.control.BatchController;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * Reads a device's memory, seldom enough to cost nothing, and decides when the allocator is asked
 * for what it keeps:
 *
 * <ul>
 *   <li>{@link #relieve}: the limit is near or passed;
 *   <li>{@link #makeRoom}: the next micro-batch would pass it, since what is kept does not fit;
 *   <li>{@link #makeRoomForLoss}: the same for a loss between micro-batches;
 *   <li>{@code tidy}, before a batch: more is kept than micro-batches use again;
 *   <li>{@link #keepRoom}: the plan would have to shrink.
 * </ul>
 *
 * <p>{@link Relief} keeps the first and the last from being done too often.
 *
 * <p>Not thread-safe: belongs to its planner.
 */
final class MemoryUpkeep {
  /** Readings of the memory are at least this far apart: a neighbour is seen within a blink. */
  static final long READING_INTERVAL_NANOS = 20_000_000;

  /**
   * And so many times what the latest took, up to {@link #PLENTY_REST} intervals: some 30 to 60 µs,
   * on a heap with many holes up to 1 ms. So about 1 % of a step goes into it.
   */
  static final int READING_REST = 100;

  /**
   * Headroom beyond what the largest micro-batch takes from which nothing can go wrong soon: more
   * than a neighbour, or the JVM, takes between two readings.
   */
  static final long PLENTY_BYTES = 1L << 30;

  /** With that much left, readings and measurements are so many times rarer. */
  static final int PLENTY_REST = 10;

  /**
   * The allocator may keep this much, and what some micro-batches take: steps reuse it. The rest is
   * what others have left, such as the JVM's compiler, which takes tens of MiB as it warms up.
   */
  static final long KEPT_BYTES = 2L << 20;

  static final int KEPT_STEPS = 2;

  /** Where less is available than this multiple of what comes, the latest reading is too old. */
  static final int FRESH_FACTOR = 4;

  private final BatchController controller;
  private final MemoryGauge gauge;
  private final RunLog log;
  private final FreedMemory freed;
  private final LongSupplier nanoClock;
  private final Relief relief;
  private final GrowthMeasuring measuring;
  private MemoryGauge.Reading memory = MemoryGauge.Reading.UNKNOWN;
  private boolean plenty;
  private boolean mustRead = true;
  private boolean heard = true;
  private long readNanos;
  private long readingNanos;
  private boolean released;
  private int largestRun; // since memory was given back; what is kept fits no larger one
  private int capRun;
  private int sizeBefore;
  private boolean wasTrying;

  /**
   * The upkeep of a device's memory.
   *
   * @param controller predicts what a micro-batch takes
   * @param gauge reads the device
   * @param log hears of each reading
   * @param freed of the device's memory
   * @param nanoClock nanoseconds, as {@link System#nanoTime()}
   * @param relief when that is due; common to all planners of the device
   * @param measuring knows the largest micro-batch that was measured
   */
  MemoryUpkeep(
      BatchController controller,
      MemoryGauge gauge,
      RunLog log,
      FreedMemory freed,
      LongSupplier nanoClock,
      Relief relief,
      GrowthMeasuring measuring) {
    this.controller = controller;
    this.gauge = gauge;
    this.log = log;
    this.freed = freed;
    this.nanoClock = nanoClock;
    this.relief = relief;
    this.measuring = measuring;
  }

  /** The upkeep of the same device for another controller, which shares the pauses. */
  MemoryUpkeep sharedWith(BatchController other, GrowthMeasuring itsMeasuring) {
    return new MemoryUpkeep(other, gauge, log, freed, nanoClock, relief, itsMeasuring);
  }

  /** The latest reading. */
  MemoryGauge.Reading reading() {
    return memory;
  }

  /**
   * Reads the memory unless that was done a moment ago.
   *
   * @return whether the latest reading is news since this was asked last
   */
  boolean read() {
    refresh();
    boolean news = !heard;
    heard = true;
    return news;
  }

  private void refresh() {
    long now = nanoClock.getAsLong();
    if (!mustRead && now - readNanos < interval()) {
      return;
    }
    memory = gauge.read();
    plenty = measuring.largest() > 0 && hasPlenty(controller.predictedBytes(measuring.largest()));
    freed.keep(gauge.isAddressSpaceLimited(), plenty, gauge.givesLessThan(PLENTY_BYTES));
    log.memory(memory);
    readNanos = nanoClock.getAsLong();
    readingNanos = readNanos - now;
    mustRead = false;
    heard = false;
  }

  private long interval() {
    long longest = PLENTY_REST * READING_INTERVAL_NANOS;
    return plenty
        ? longest
        : Math.max(READING_INTERVAL_NANOS, Math.min(longest, READING_REST * readingNanos));
  }

  /** Whether the latest reading left {@link #PLENTY_BYTES} beside the largest micro-batch. */
  boolean isPlenty() {
    return plenty;
  }

  /** Whether so many bytes can be allocated and {@link #PLENTY_BYTES} are left. */
  private boolean hasPlenty(OptionalLong bytes) {
    OptionalLong headroom = memory.headroomBytes();
    return headroom.isPresent()
        && bytes.isPresent()
        && headroom.getAsLong() - bytes.getAsLong() >= PLENTY_BYTES;
  }

  /**
   * Something else than a micro-batch has run: what that left with the allocator must not count as
   * what the next one takes.
   */
  void changed() {
    mustRead |= !plenty;
  }

  /** Gives back all that is kept. */
  void releaseAll() {
    freed.dropKernels();
    freed.release();
    mustRead = true;
    largestRun = 0;
  }

  /** Whether memory was given back, other than after a failure, since this was asked last. */
  boolean wasReleased() {
    boolean was = released;
    released = false;
    return was;
  }

  /** A logical batch of {@code size} samples is about to start: leaves a fresh reading. */
  void beforeBatch(int size) {
    refresh();
    dropTried();
    relieve();
    tidy(size);
    keepRoom(size);
    read();
  }

  /** Sizes were compared: kernels of all but one run no more, and take tens of MiB. */
  private void dropTried() {
    if (wasTrying && !controller.isTrying() && !plenty) {
      freed.dropKernels();
    }
    wasTrying = controller.isTrying();
  }

  /**
   * The plan would have to shrink: what is dead goes first, such as buffers that the garbage
   * collector has not seen, and kernels of sizes that no longer run.
   */
  void keepRoom(int size) {
    OptionalLong headroom = memory.headroomBytes();
    OptionalLong needed = controller.predictedBytes(Math.min(size, controller.aim()));
    if (headroom.isPresent()
        && needed.isPresent()
        && needed.getAsLong() > headroom.getAsLong()
        && relief.isDueAtLeisure(nanoClock.getAsLong())) {
      freed.dropKernels();
      releaseTimed();
    }
  }

  /**
   * The limit is near or passed: the plan shrinks, and pages that the allocator keeps in pieces too
   * small to be used again are got back, unless that is too soon again.
   */
  void relieve() {
    if (gauge.pressureBytes() == 0) {
      return;
    }
    gauge.holdBackPressure();
    mustRead = true;
    if (relief.isDue(nanoClock.getAsLong())) {
      releaseTimed();
    }
  }

  /**
   * What the allocator keeps in vain goes back to the system now and then, unless there is plenty;
   * so does what was left before the first batch, in pieces that fit no micro-batch.
   */
  private void tidy(int size) {
    int usual = Math.max(size, sizeBefore); // the last batch of a pass is often a small one
    sizeBefore = size;
    long needed = controller.predictedBytes(Math.min(usual, controller.cap())).orElse(0);
    if (!plenty
        && gauge.retainedBytes() > KEPT_BYTES + KEPT_STEPS * needed
        && relief.isDueAtLeisure(nanoClock.getAsLong())) {
      relief.startAtLeisure(gauge.retainedBytes());
      releaseTimed();
    }
  }

  /**
   * What the allocator keeps is in pieces of the sizes that ran before. A larger micro-batch, or
   * one of a changed plan, does not fit them, so that new pages are added: where these would pass
   * the limit, the old ones go first. Where they might end the process, they go before any.
   *
   * <p>A changed plan has other sizes, and for each the engine compiles kernels: up to some 10 MB
   * that would come on top of those of the sizes before, and shrink the plan again. While sizes are
   * compared the plan is what it was.
   *
   * @param size samples of the micro-batch
   * @param predicted what it is expected to take
   */
  void makeRoom(int size, OptionalLong predicted) {
    refresh();
    int cap = controller.isTrying() ? capRun : controller.cap();
    boolean changed = cap != capRun;
    boolean fits = size <= largestRun && !changed;
    if (changed && !plenty) {
      freed.dropKernels();
    }
    if (predicted.isPresent()) {
      long bytes = predicted.getAsLong();
      boolean inTheWay = !fits && largestRun > 0;
      if (isDeadly(bytes, fits) || (inTheWay && gauge.wouldPass(bytes))) {
        releaseTimed();
        fits = false;
      }
    }
    gauge.expect(fits);
    largestRun = Math.max(size, largestRun);
    capRun = cap;
  }

  /**
   * Whether so many bytes might end the process, by a fresh reading where the latest is no proof.
   *
   * @param fits whether they run in what the allocator keeps of the ones before
   */
  private boolean isDeadly(long bytes, boolean fits) {
    if (gauge.isDeadly(FRESH_FACTOR * bytes)) {
      mustRead = true;
      refresh();
    }
    return gauge.isDeadly(fits && freed.keepsBlocks() ? gauge.newPageBytes(bytes) : bytes);
  }

  /**
   * So many bytes will be allocated between micro-batches, or, where that is not known yet, perhaps
   * all that is left.
   */
  void makeRoomForLoss(OptionalLong bytes) {
    refresh();
    if (bytes.isEmpty()
        ? !plenty
        : isDeadly(bytes.getAsLong(), false) || isPassing(bytes.getAsLong())) {
      releaseTimed();
    }
  }

  /** A micro-batch of {@code size} samples took {@code nanos}. */
  void ran(int size, long nanos) {
    relief.ran(size, nanos);
  }

  private boolean isPassing(long bytes) {
    return gauge.wouldPassIfMeasured(bytes) && relief.isDue(nanoClock.getAsLong());
  }

  private void releaseTimed() {
    released = true;
    largestRun = 0;
    mustRead = true;
    refresh();
    long before = memory.usedBytes().orElse(0);
    long start = nanoClock.getAsLong();
    freed.release();
    long end = nanoClock.getAsLong();
    mustRead = true;
    refresh();
    relief.done(start, end, before, memory.usedBytes().orElse(0));
  }
}
