package io.smartops.control;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Chooses the micro-batch of one device: the fastest of those that memory allows.
 *
 * <p>It puts two laws together. The memory law ({@link MicroBatchController}) says how large a
 * micro-batch may be, and is obeyed at once. The throughput law ({@link ThroughputLaw}) says which
 * of those is fastest; it compares only while memory is settled and the caller says that no other
 * knob is being tried, so that what it sees is the effect of the size.
 *
 * <p>Decisions speak of the micro-batch that follows from both.
 *
 * <p>One logical batch is {@link #begin}, then {@link #next} and {@link #done} or {@link
 * #outOfMemory} per micro-batch, then {@link #batchDone}; after an error the caller may go on or,
 * better, begin again. Deterministic: its state is a function of the calls made. Not thread-safe.
 */
public final class BatchController {
  private final MicroBatchController memory;
  private final ThroughputLaw throughput;
  private final Partition partition;
  private final Trust trust = new Trust();
  private int logicalSize = 1;
  private int announcedCap;

  /**
   * @param knob what the decisions are about
   * @param limits bounds of the micro-batch
   * @param needed samples that the model needs in each micro-batch, whatever the limits say
   * @param splitsWhole whether a batch that fits in one piece may be split to gain speed
   */
  public BatchController(Knob knob, MicroBatchLimits limits, int needed, boolean splitsWhole) {
    this(knob, limits, needed, MemoryExperience.NONE, splitsWhole);
  }

  /**
   * @param knob what the decisions are about
   * @param limits bounds of the micro-batch
   * @param needed samples that the model needs in each micro-batch, whatever the limits say
   * @param learnt what an earlier run of the same model has learnt of memory
   * @param splitsWhole whether a batch that fits in one piece may be split to gain speed
   */
  public BatchController(
      Knob knob,
      MicroBatchLimits limits,
      int needed,
      MemoryExperience learnt,
      boolean splitsWhole) {
    this(
        new MicroBatchController(knob, limits, needed, learnt),
        new ThroughputLaw(knob, new Partition(limits, needed), splitsWhole),
        new Partition(limits, needed));
  }

  private BatchController(
      MicroBatchController memory, ThroughputLaw throughput, Partition partition) {
    this.memory = memory;
    this.throughput = throughput;
    this.partition = partition;
    announcedCap = memory.cap();
  }

  /**
   * A controller for the same work done in another way, in which a micro-batch takes at most what
   * it takes here and so many bytes: it begins with this one's plan and memory law. Which size is
   * fastest is another question there, and looked for anew; see {@link #startWith}.
   */
  public BatchController startingHere(long moreBytes) {
    return new BatchController(memory.startingHere(moreBytes), throughput.anew(), partition);
  }

  /** The size that was found to be fastest; empty while that is whatever memory allows. */
  public OptionalInt fastest() {
    int fastest = throughput.fastest();
    return fastest < Integer.MAX_VALUE ? OptionalInt.of(fastest) : OptionalInt.empty();
  }

  /**
   * The fastest size where the same work is done in another way: it is run as far as memory allows,
   * until one is looked for here, so that the two ways can be compared in micro-batches of one
   * size.
   *
   * @param size samples, at least 1
   */
  public void startWith(int size) {
    throughput.startWith(size);
  }

  /**
   * A logical batch starts, or starts again.
   *
   * @param step logical step, counted from 1
   * @param newLogicalSize samples of the logical batch, at least 1
   * @param headroomBytes bytes that the process may still allocate before the limit in force
   * @param mayTry whether sizes may be compared: no other knob is being tried
   * @return the decisions taken
   */
  public List<Decision> begin(
      long step, int newLogicalSize, OptionalLong headroomBytes, boolean mayTry) {
    logicalSize = newLogicalSize;
    trust.newBatch();
    List<Decision> decisions = memory.begin(step, newLogicalSize, trust.headroom(headroomBytes));
    throughput.begin(step, newLogicalSize, memory.cap(), mayTry && memory.isSettled());
    if (mayTry && !throughput.isTrying() && throughput.fastest() >= memory.cap()) {
      memory.scout();
    }
    return combined(decisions);
  }

  /**
   * What a batch in one piece takes with its loss, from the next {@link #begin} on.
   *
   * @param needsBytes what it takes at least; empty if no more than its micro-batch
   * @param roomBytes what it may take
   */
  public void whole(OptionalLong needsBytes, long roomBytes) {
    memory.whole(needsBytes, roomBytes);
  }

  /**
   * The headroom was read again within the logical batch, between two micro-batches.
   *
   * @param headroomBytes bytes that the process may still allocate before the limit in force
   * @return the decisions taken: the plan may shrink, but does not grow
   */
  public List<Decision> headroom(OptionalLong headroomBytes) {
    return combined(memory.headroom(trust.headroom(headroomBytes)));
  }

  /** The size of the next micro-batch of {@code remaining} samples: 1 to {@code remaining}. */
  public int next(int remaining) {
    if (memory.isScouting()) {
      return memory.next(remaining);
    }
    int wanted = throughput.next(remaining, memory.cap());
    boolean fits = memory.isSettled() && partition.largest(wanted, memory.cap()) == wanted;
    return fits ? wanted : Math.min(wanted, memory.next(remaining));
  }

  /**
   * A micro-batch went through.
   *
   * @param size its samples
   * @param growthBytes how far allocated memory rose above the level at its start, if measured
   * @param nanos its wall-clock time, which is ignored unless it {@link #looksAtTimes}
   * @return the decisions taken
   */
  public List<Decision> done(int size, OptionalLong growthBytes, long nanos) {
    trust.passed(size);
    throughput.done(size, nanos);
    return combined(memory.done(size, growthBytes, nanos));
  }

  /**
   * The logical batch got through; nothing comes of that unless it {@link #isTrying}.
   *
   * @param nanos wall-clock time since its {@link #begin}
   * @return the decisions taken
   */
  public List<Decision> batchDone(long nanos) {
    return throughput.batchDone(nanos);
  }

  /**
   * A micro-batch ran out of memory. The cap falls below {@code size} if it {@link #canShrink},
   * unless the failure is taken for an accident that will not happen again at once.
   *
   * @param size its samples
   * @param headroomBytes bytes that the process might still have allocated when it started
   * @return the decisions taken
   */
  public List<Decision> outOfMemory(int size, OptionalLong headroomBytes) {
    throughput.pause();
    OptionalLong headroom = trust.headroom(headroomBytes);
    return trust.isAccident(size, memory.predictedBytes(size), headroom, memory.isSteady())
        ? List.of()
        : combined(memory.outOfMemory(size, headroom));
  }

  /** Whether memory asks for a split, or is still being learnt, so that speed is not the reason. */
  public boolean mustSplit() {
    return !memory.isSettled() || partition.parts(logicalSize, memory.cap()) > 1;
  }

  /** Batches cannot be split: speed is not looked for any more. */
  public void neverSplitForSpeed() {
    throughput.turnOff();
  }

  /** Whether a logical batch can be cut so that every micro-batch is smaller than {@code size}. */
  public boolean canShrink(int size) {
    return memory.canShrink(size);
  }

  /** Whether no micro-batch has run yet, and there is something to choose. */
  public boolean isUntried() {
    return memory.isUntried();
  }

  /** Whether {@code size} samples are believed to fit; true when nothing is known. */
  public boolean fits(int size) {
    return memory.fits(size);
  }

  /** What another run of the same model may start from; nothing while too little is known. */
  public MemoryExperience experience() {
    return memory.experience();
  }

  /** Whether the times of the logical batch at hand may come to mean something. */
  public boolean looksAtTimes() {
    return throughput.isWorthwhile();
  }

  /** Whether sizes are being compared, so that other knobs had better rest. */
  public boolean isTrying() {
    return throughput.isTrying();
  }

  /** The most samples that a micro-batch has at present, unless the least size demands more. */
  public int cap() {
    return Math.min(memory.cap(), throughput.cap(memory.cap()));
  }

  /**
   * What memory should have room for: the micro-batch in force, or, while it is still being learnt
   * what fits, all of a logical batch.
   */
  public int aim() {
    return memory.isSettled() ? microBatch(memory.cap()) : logicalSize;
  }

  /** The most bytes that {@code size} samples are expected to take, if anything was read. */
  public OptionalLong predictedBytes(int size) {
    return memory.predictedBytes(size);
  }

  /** What the memory law decided, as far as the micro-batch in force follows it. */
  private List<Decision> combined(List<Decision> decisions) {
    if (decisions.isEmpty()) {
      return decisions;
    }
    int from = microBatch(announcedCap);
    announcedCap = memory.cap();
    int to = microBatch(announcedCap);
    Decision last = decisions.get(decisions.size() - 1);
    return from == to
        ? List.of()
        : List.of(
            new Decision(
                last.step(),
                last.knob(),
                Integer.toString(from),
                Integer.toString(to),
                last.reason(),
                last.figures()));
  }

  private int microBatch(int memoryCap) {
    return partition.largest(logicalSize, Math.min(memoryCap, throughput.cap(memoryCap)));
  }
}
