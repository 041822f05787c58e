package io.smartops.control;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Chooses the micro-batch: as few micro-batches per logical batch as memory safely allows.
 *
 * <p>Formula: with headroom H and the memory law's upper bound u(m), the cap is the largest m with
 * {@code u(m) <= H}; a logical batch of N samples is cut into {@code ceil(N / cap)} nearly equal
 * micro-batches. Two caps that give the same number of micro-batches are the same plan.
 *
 * <p>Regimes:
 *
 * <ul>
 *   <li><em>slow start</em>: the first logical batch under a known headroom runs as growing
 *       micro-batches, then the predicted size is taken at once; so does the one in which a failure
 *       refutes the law, since halving blindly may fail again;
 *   <li><em>guess</em>: where an earlier run's experience is given, the first logical batch takes
 *       the size that it predicts at once;
 *   <li><em>measured</em>: the plan shrinks at once when the headroom or the law demands it, and
 *       grows when the larger plan leaves {@link Patience#GROWTH_MARGIN} free for several logical
 *       batches in a row;
 *   <li><em>unmeasured</em>: whole logical batches, halved on an out-of-memory error, and rare
 *       probes upwards whose distance doubles with each failure;
 *   <li><em>fixed</em>: left downwards only to survive an error, and taken again when it is
 *       predicted to fit (unmeasured: when a probe of it passes).
 * </ul>
 *
 * <p>One logical batch is {@link #begin}, then {@link #next} and {@link #done} or {@link
 * #outOfMemory} per micro-batch; after an error the caller may go on or, better, begin again with a
 * fresh headroom. The controller believes what it is told ran, whether or not it had asked for
 * that. Readings may be absent or wrong: that costs speed or an out-of-memory error, never an
 * illegal size.
 *
 * <p>Source: TCP slow start for the first batch, set-membership identification for the bound,
 * exponential back-off for probes. Deterministic: its state is a function of the calls made. Not
 * thread-safe.
 */
public final class MicroBatchController {

  /**
   * A plan reaches at most this factor beyond the largest micro-batch that was ever read, unless
   * memory would suffice for as many times what is in proportion to that reading.
   */
  static final int FURTHEST_EXTRAPOLATION = 8;

  /** When a plan grows after slow start, it reaches at most this factor beyond it. */
  static final int FURTHEST_GROWTH = 2;

  /**
   * A headroom that is too small makes the micro-batch smaller by at most this factor at once: the
   * next reading, one micro-batch later, tells whether that was enough.
   */
  static final int MOST_SHRINK = 8;

  /**
   * A micro-batch that passed cannot have taken more than this factor of the headroom or of what
   * was predicted for it: more is a false reading, and is cut to that.
   */
  static final double MOST_OVERDRAFT = 2;

  /**
   * While all readings have one size, a micro-batch of this share of it is put in: what a sample
   * adds cannot be told from one size.
   */
  static final double EXPLORED_PART = 0.5;

  /**
   * A micro-batch that is to show whether a larger plan would fit is at least this factor larger
   * than all that were read.
   */
  static final double SCOUT_STEP = 1.1;

  private final Partition partition;
  private final Plan plan;
  private final MemoryLaw law;
  private final SlowStart slowStart = new SlowStart();
  private final FailureBound failures = new FailureBound();
  private final Patience patience = new Patience();
  private final Steadiness steadiness;

  private OptionalLong headroom = OptionalLong.empty();
  private OptionalLong wholeNeeds = OptionalLong.empty();
  private long wholeRoom;
  private boolean untried;
  private boolean guessing;
  private boolean exploring;
  private int scout;
  private int failedInBatch = Integer.MAX_VALUE;
  private long doneInBatch;

  /**
   * @param knob what the decisions are about
   * @param limits bounds of the micro-batch
   */
  public MicroBatchController(Knob knob, MicroBatchLimits limits) {
    this(knob, limits, 1);
  }

  /**
   * @param knob what the decisions are about
   * @param limits bounds of the micro-batch
   * @param needed samples that the model needs in each micro-batch, whatever the limits say
   */
  public MicroBatchController(Knob knob, MicroBatchLimits limits, int needed) {
    this(knob, limits, needed, MemoryExperience.NONE);
  }

  /**
   * @param knob what the decisions are about
   * @param limits bounds of the micro-batch
   * @param needed samples that the model needs in each micro-batch, whatever the limits say
   * @param learnt what an earlier run of the same model has learnt
   */
  public MicroBatchController(
      Knob knob, MicroBatchLimits limits, int needed, MemoryExperience learnt) {
    law = new MemoryLaw(learnt);
    guessing = learnt.isKnown();
    untried = !guessing;
    partition = new Partition(limits, requirePositive("needed", needed));
    plan = new Plan(knob, partition);
    steadiness = new Steadiness();
  }

  private MicroBatchController(MicroBatchController other, long moreBytes) {
    partition = other.partition;
    plan = other.plan.copy();
    law = other.law.isKnown() ? other.law.lent(moreBytes) : new MemoryLaw();
    steadiness = other.steadiness.copy();
    headroom = other.headroom;
    untried = other.untried;
  }

  /**
   * A controller for the same work done in another way, in which a micro-batch takes at most what
   * it takes here and so many bytes: it begins with this one's plan and law, and learns from then
   * on by itself. While nothing is settled here, it knows nothing either.
   */
  public MicroBatchController startingHere(long moreBytes) {
    boolean settled =
        !untried && !slowStart.isRunning() && !law.isGuessing() && law.isKnown() == law.isWarm();
    return !settled
        ? new MicroBatchController(plan.knob(), partition.limits(), partition.needed())
        : new MicroBatchController(this, moreBytes);
  }

  /**
   * A logical batch starts.
   *
   * @param step logical step, counted from 1
   * @param logicalSize samples of the logical batch, at least 1
   * @param headroomBytes bytes that the process may still allocate before the limit in force
   * @return the decisions taken
   */
  public List<Decision> begin(long step, int logicalSize, OptionalLong headroomBytes) {
    requirePositive("logicalSize", logicalSize);
    if (doneInBatch >= plan.logicalSize()) {
      failedInBatch = Integer.MAX_VALUE;
    }
    doneInBatch = 0;
    scout = 0;
    plan.newBatch(step, logicalSize);
    headroom = atLeastZero(headroomBytes);
    steadiness.add(headroom);
    law.newBatch();
    law.comeClose(isSteady());
    failures.newBatch(isMeasured());
    if (guessing) {
      return guess();
    }
    if (mustStartSlowly()) {
      return startSlowly();
    }
    if (slowStart.isRunning()) {
      return continueSlowStart();
    }
    List<Decision> decisions = shrinkIfNeeded();
    decisions = decisions.isEmpty() ? grow() : decisions;
    exploring =
        isMeasured()
            && !law.knowsSlope()
            && !partition.limits().isFixed()
            && plan.parts(plan.cap()) > 1;
    return decisions;
  }

  /**
   * A batch in one piece takes more than its micro-batch, since its loss is computed while all that
   * the model computed is alive; from the next {@link #begin} on.
   *
   * @param needsBytes what it takes at least; empty if no more
   * @param roomBytes what it may take
   */
  public void whole(OptionalLong needsBytes, long roomBytes) {
    wholeNeeds = needsBytes;
    wholeRoom = roomBytes;
  }

  /**
   * Lets micro-batches of the logical batch that has begun be as large as is known to fit, until
   * one is measured, if the law says, but cannot be sure of it, that a larger plan would fit:
   * readings of sizes far below it leave much open.
   */
  void scout() {
    boolean mayScout =
        isSettled()
            && isMeasured()
            && law.knowsSlope()
            && isSteady()
            && !partition.limits().isFixed()
            && plan.parts(plan.cap()) > 1;
    if (mayScout) {
      int known = partition.clamp(allowed(1 - growthMargin()));
      int hoped = partition.clamp(hoped());
      boolean isNews = known >= SCOUT_STEP * law.largestRead();
      scout = isNews && plan.parts(hoped) < plan.parts(known) ? known : 0;
    }
  }

  /** Whether the next micro-batch is larger than the plan. */
  boolean isScouting() {
    return scout > 0;
  }

  /**
   * The headroom was read again within the logical batch, between two micro-batches.
   *
   * @param headroomBytes bytes that the process may still allocate before the limit in force
   * @return the decisions taken: the plan may shrink, but grows before the next {@link #begin} only
   *     if it is far too small
   */
  public List<Decision> headroom(OptionalLong headroomBytes) {
    headroom = atLeastZero(headroomBytes);
    scout = fits(Math.max(1, scout)) ? scout : 0;
    if (slowStart.isRunning()) {
      return List.of();
    }
    List<Decision> decisions = shrinkIfNeeded();
    return decisions.isEmpty() ? growIfUrgent() : decisions;
  }

  /**
   * The size of the next micro-batch when {@code remaining} samples of the logical batch are left:
   * 1 to {@code remaining}.
   */
  public int next(int remaining) {
    if (isScouting()) {
      return Math.min(requirePositive("remaining", remaining), scout);
    }
    int bound =
        exploring ? partition.clamp(plan.microBatch(plan.cap()) * EXPLORED_PART) : plan.cap();
    return partition.largest(requirePositive("remaining", remaining), bound);
  }

  /** Whether {@code size} samples are believed to fit; true when nothing is known. */
  public boolean fits(int size) {
    return !isMeasured()
        || (law.upper(size) <= freeBytes()
            && !(size >= plan.logicalSize() && isTooMuchInOnePiece(1)));
  }

  /**
   * Whether the batch at hand, in one piece, takes more than {@code share} of what is left to it.
   */
  private boolean isTooMuchInOnePiece(double share) {
    return wholeNeeds.isPresent() && wholeUpper() > share * wholeRoom;
  }

  private double wholeUpper() {
    return Math.max((double) wholeNeeds.orElse(0), law.upper(plan.logicalSize()));
  }

  /**
   * A micro-batch went through.
   *
   * @param size its samples
   * @param growthBytes how far allocated memory rose above the level at its start
   * @param nanos its wall-clock time; memory does not depend on it
   * @return the decisions taken
   */
  public List<Decision> done(int size, OptionalLong growthBytes, long nanos) {
    requirePositive("size", size);
    untried = false;
    exploring = false;
    scout = growthBytes.isPresent() ? 0 : scout; // not every micro-batch is measured
    doneInBatch += size;
    failures.passed(size);
    slowStart.passed(size);
    growthBytes.ifPresent(bytes -> law.observe(size, Math.min(bytes, credible(size))));
    return slowStart.isRunning() ? continueSlowStart() : shrinkIfNeeded();
  }

  /**
   * A micro-batch ran out of memory. The cap falls below {@code size} if it {@link #canShrink}.
   *
   * @param size its samples
   * @param headroomBytes bytes that the process might still have allocated when it started
   * @return the decisions taken
   */
  public List<Decision> outOfMemory(int size, OptionalLong headroomBytes) {
    requirePositive("size", size);
    untried = false;
    exploring = false;
    scout = 0;
    doneInBatch = 0;
    failedInBatch = Math.min(failedInBatch, size);
    OptionalLong then = atLeastZero(headroomBytes);
    int fallback = failures.failed(size, then);
    if (refutesTheLaw(size, then)) {
      law.forget();
      fallback = Math.min(fallback, slowStart.start(plan.logicalSize()));
    } else if (slowStart.isUntried()) {
      fallback = 1;
    }
    then.ifPresent(bytes -> law.exceeded(size, bytes));
    slowStart.failed(law.isKnown());
    return changeCap(
        partition.clamp(Math.min(Math.min(fallback, plan.cap()), allowed(1))),
        Reasons.failure(size, then));
  }

  /** Whether a logical batch can be cut so that every micro-batch is smaller than {@code size}. */
  public boolean canShrink(int size) {
    int smallest =
        plan.logicalSize() == 0
            ? partition.least()
            : partition.largest(plan.logicalSize(), partition.least());
    return smallest < size;
  }

  /** The most samples that a micro-batch has at present, unless the least size demands more. */
  public int cap() {
    return plan.cap();
  }

  /** The most bytes that {@code size} samples are expected to take, if anything was read. */
  public OptionalLong predictedBytes(int size) {
    return law.isKnown()
        ? OptionalLong.of((long) Math.ceil(law.upper(size)))
        : OptionalLong.empty();
  }

  /** What another run of the same model may start from; nothing while too little is known. */
  public MemoryExperience experience() {
    return law.experience();
  }

  /** The most growth that is believed of a micro-batch that passed. */
  private long credible(int size) {
    if (headroom.orElse(0) == 0) {
      return Long.MAX_VALUE;
    }
    double surely = MOST_OVERDRAFT * (double) headroom.getAsLong();
    return (long) (law.isKnown() ? Math.max(surely, MOST_OVERDRAFT * law.upper(size)) : surely);
  }

  /** Whether a law that was learnt in full promised that what failed would fit. */
  private boolean refutesTheLaw(int size, OptionalLong headroomBytes) {
    return headroomBytes.isPresent()
        && law.isWarm()
        && !slowStart.isRunning()
        && !partition.limits().isFixed()
        && law.upper(size) <= headroomBytes.getAsLong();
  }

  private boolean isMeasured() {
    return headroom.isPresent() && law.isKnown();
  }

  private double freeBytes() {
    return Math.max(0, headroom.orElse(0) - law.onceBytes());
  }

  /**
   * The largest size that fits into {@code share} of the free bytes; infinite if nothing is known.
   */
  private double allowed(double share) {
    double unfailed = failedInBatch - 1.0;
    if (!isMeasured()) {
      return unfailed;
    }
    double predicted = law.largest(share * freeBytes());
    double reach = reach(FURTHEST_EXTRAPOLATION);
    double size =
        Math.min(Math.min(unfailed, failures.limit(headroom)), Math.min(predicted, reach));
    return inPieces(size, share);
  }

  /** The same by the fitted law alone. */
  private double hoped() {
    double fitted = law.fitted((1 - growthMargin()) * freeBytes());
    double size = Math.min(Math.min(failedInBatch - 1.0, failures.limit(headroom)), fitted);
    return inPieces(size, 1);
  }

  /** The size, or one that splits the batch at hand if it may not stay in one piece. */
  private double inPieces(double size, double share) {
    return isTooMuchInOnePiece(share) ? Math.min(size, plan.logicalSize() - 1.0) : size;
  }

  /** The largest size that readings so far say something about. */
  private double reach(int factor) {
    double read = law.largestRead();
    return read * Math.max(factor, freeBytes() / (FURTHEST_EXTRAPOLATION * law.upper(read)));
  }

  /** The size that a plan may grow to. */
  private int grown() {
    return partition.clamp(Math.min(allowed(1 - growthMargin()), reach(FURTHEST_GROWTH)));
  }

  private double growthMargin() {
    return isSteady() ? Patience.STEADY_GROWTH_MARGIN : Patience.GROWTH_MARGIN;
  }

  /** Whether no micro-batch has run yet, and there is something to choose. */
  public boolean isUntried() {
    return untried && !partition.limits().isFixed();
  }

  /** Whether the next micro-batch serves the plan and not the learning of the memory law. */
  boolean isSettled() {
    return !untried && !exploring && !slowStart.isRunning();
  }

  /** Whether the headroom has been the same for a while. */
  boolean isSteady() {
    return steadiness.isSteady();
  }

  private boolean mustStartSlowly() {
    return isUntried() && headroom.isPresent() && !slowStart.isRunning();
  }

  private List<Decision> startSlowly() {
    return changeCap(
        partition.clamp(slowStart.start(plan.logicalSize())),
        "nothing is known yet about the memory that a sample takes: growing micro-batches measure it");
  }

  /** The first plan of a run that knows what an earlier one has learnt. */
  private List<Decision> guess() {
    guessing = false;
    if (headroom.isEmpty() || partition.limits().isFixed()) {
      return List.of();
    }
    int target = partition.clamp(allowed(1 - Patience.GROWTH_MARGIN));
    return changeCap(
        target,
        "an earlier run of this model measured %s per sample: %s of the %s that are free"
            .formatted(
                Reasons.bytes(law.line().perSample()),
                need(plan.microBatch(target)),
                Reasons.bytes(freeBytes())));
  }

  private List<Decision> continueSlowStart() {
    double allowed = allowed(1);
    if (slowStart.isOver(plan.logicalSize(), law, allowed)) {
      return changeCap(partition.clamp(allowed), learntReason(partition.clamp(allowed)));
    }
    plan.advance(partition.clamp(slowStart.next(allowed)));
    return List.of();
  }

  private List<Decision> shrinkIfNeeded() {
    int tooLarge = plan.microBatch(plan.cap());
    int target = partition.clamp(Math.max(allowed(1), (double) tooLarge / MOST_SHRINK));
    if (partition.limits().isFixed() || plan.parts(target) <= plan.parts(plan.cap())) {
      return List.of();
    }
    patience.shrunk(plan.step());
    return changeCap(target, shrinkReason(tooLarge));
  }

  private String shrinkReason(int tooLarge) {
    if (law.upper(tooLarge) > freeBytes()) {
      return "%s, and only %s are free".formatted(need(tooLarge), Reasons.bytes(freeBytes()));
    }
    return fits(tooLarge)
        ? "%d samples are no longer known to fit".formatted(tooLarge)
        : "in one piece and with their loss %d samples take up to %s, and only %s are free"
            .formatted(tooLarge, Reasons.bytes(wholeUpper()), Reasons.bytes((double) wholeRoom));
  }

  private List<Decision> grow() {
    if (!isMeasured()) {
      return probe();
    }
    boolean stuck = !law.knowsSlope() && plan.cap() == partition.least();
    return stuck && failures.isLongAgo() ? probe() : growMeasured();
  }

  private List<Decision> growMeasured() {
    int target = grown();
    boolean tooSmall = partition.limits().isFixed() && target < partition.limits().max();
    if (target <= plan.cap() || tooSmall) {
      patience.restart();
      return List.of();
    }
    if (plan.parts(target) >= plan.parts(plan.cap())
        || !(patience.isUrgent(plan.cap(), target) || patience.isOver())) {
      return List.of();
    }
    return growTo(target);
  }

  /** Within a logical batch: only a plan that makes it crawl. */
  private List<Decision> growIfUrgent() {
    int target = isMeasured() ? grown() : 1;
    return !partition.limits().isFixed()
            && plan.parts(target) < plan.parts(plan.cap())
            && patience.isUrgent(plan.cap(), target)
        ? growTo(target)
        : List.of();
  }

  private List<Decision> growTo(int target) {
    patience.grown(plan.step());
    return changeCap(
        target,
        "%s are free again, and %s"
            .formatted(Reasons.bytes(freeBytes()), need(plan.microBatch(target))));
  }

  private List<Decision> probe() {
    OptionalInt target = failures.probe(plan.logicalSize(), plan.cap(), partition);
    return target.isEmpty()
        ? List.of()
        : changeCap(
            target.getAsInt(),
            "%d logical batches went well and memory readings cannot tell whether more fits: trying it"
                .formatted(failures.waitBatches()));
  }

  private List<Decision> changeCap(int newCap, String reason) {
    int microBatch = plan.microBatch(newCap);
    return plan.change(
        newCap,
        reason,
        Reasons.figures(
            plan.logicalSize(),
            plan.parts(newCap),
            headroom,
            predictedBytes(microBatch),
            law.line()));
  }

  private String learntReason(int newCap) {
    if (!isMeasured()) {
      return "growing micro-batches went well, but the memory that they take cannot be read";
    }
    return "growing micro-batches measured %s per sample: %s of the %s that are free"
        .formatted(
            Reasons.bytes(law.line().perSample()),
            need(plan.microBatch(newCap)),
            Reasons.bytes(freeBytes()));
  }

  private String need(int size) {
    return "%d samples take up to %s".formatted(size, Reasons.bytes(law.upper(size)));
  }

  private static OptionalLong atLeastZero(OptionalLong bytes) {
    return bytes.isPresent() && bytes.getAsLong() < 0 ? OptionalLong.of(0) : bytes;
  }

  private static int requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "%s must be at least 1 sample, but is %d".formatted(name, value));
    }
    return value;
  }
}
