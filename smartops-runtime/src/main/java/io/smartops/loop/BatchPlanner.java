package io.smartops.loop;

import io.smartops.OutOfMemoryEvent;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.SmartOpsException;
import io.smartops.control.BatchController;
import io.smartops.control.LearntMemory;
import io.smartops.control.MemoryExperience.Level;
import io.smartops.control.MicroBatchLimits;
import io.smartops.control.tape.Tape;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plans the micro-batches of one device: asks the controller, and tells the run's log what was
 * decided. The controller decides the sizes, {@link MemoryUpkeep} when the memory is read and given
 * back, {@link GrowthMeasuring} which micro-batches are measured.
 *
 * <p>Not thread-safe: belongs to the thread that trains on the device.
 */
public final class BatchPlanner {
  private static final Logger LOGGER = LoggerFactory.getLogger(BatchPlanner.class);
  private static final double MIB = 1 << 20;

  /**
   * Probes are the first {@link #MOST_PROBES} of these parts of the logical batch that are not too
   * small: the controller trusts its law up to eight times the largest size that it has seen.
   */
  private static final int[] PROBE_SHARES = {32, 16, 8, 4, 2};

  private static final int MOST_PROBES = 3;

  private static final int LEAST_PROBE = 2;

  /**
   * A micro-batch that is predicted to take more than one part in so many of the headroom is
   * watched, whether or not it is measured: what it does to resident memory may pass the limit.
   */
  static final int NEAR_PART = 4;

  private final BatchController controller;
  private final MicroBatchLimits limits;
  private final RunLog log;
  private final LongSupplier nanoClock;
  private final BatchTape tape;
  private final GrowthMeasuring measuring;
  private final MemoryUpkeep memory;
  private final LossPhase lossPhase;
  private final WholeBatch wholeBatch;
  private int batchSize;
  private boolean tellsOfWhole;
  private OptionalLong headroomAtStart = OptionalLong.empty();
  private long startNanos;
  private long batchStartNanos;
  private boolean warned;

  /**
   * A planner whose controller's signals are taken down.
   *
   * @param controller decides
   * @param limits the bounds that the controller was given
   * @param gauge reads the device
   * @param log hears of decisions and failures
   * @param freed the device's memory that is free again
   * @param nanoClock nanoseconds, as {@link System#nanoTime()}
   * @param tape takes down what the controller is told
   */
  public BatchPlanner(
      BatchController controller,
      MicroBatchLimits limits,
      MemoryGauge gauge,
      RunLog log,
      FreedMemory freed,
      LongSupplier nanoClock,
      Tape tape) {
    this.controller = controller;
    this.limits = limits;
    this.log = log;
    this.nanoClock = nanoClock;
    this.tape = new BatchTape(tape);
    this.measuring = new GrowthMeasuring(controller, gauge);
    this.memory =
        new MemoryUpkeep(controller, gauge, log, freed, nanoClock, new Relief(), measuring);
    this.lossPhase = new LossPhase(gauge);
    this.wholeBatch = new WholeBatch(gauge, lossPhase);
  }

  private BatchPlanner(BatchController controller, BatchPlanner full, Tape tape) {
    this.controller = controller;
    this.limits = full.limits;
    this.log = full.log;
    this.nanoClock = full.nanoClock;
    this.tape = new BatchTape(tape);
    this.measuring = full.measuring.continuedFor(controller);
    this.memory = full.memory.sharedWith(controller, measuring);
    this.lossPhase = full.lossPhase;
    this.wholeBatch = full.wholeBatch.inLowerPrecision();
  }

  /** The loss takes what it took in an earlier run, until it is measured in this one. */
  public void startFrom(Level loss) {
    lossPhase.startFrom(loss);
  }

  /**
   * A planner for the same batches in a lower precision, whose activations take no more: it begins
   * with what this one has learnt, so that nothing under a tight limit is learnt twice.
   *
   * @param name what it is for, in words
   * @param moreBytes what a micro-batch takes besides, whatever its size
   */
  public BatchPlanner inLowerPrecision(String name, long moreBytes) {
    return new BatchPlanner(
        controller.startingHere(moreBytes), this, tape.tape().inLowerPrecision(name, moreBytes));
  }

  /**
   * Batches here are about to be compared with those of {@code other}: it is to be with the size
   * that was found to be fastest there, unless one was looked for here.
   */
  public void startWithSizeOf(BatchPlanner other) {
    other.controller.fastest().ifPresent(size -> tape.startWith(controller, size));
  }

  /**
   * Sizes to try out before the first logical batch, for a model whose batches should stay whole:
   * so the memory that a sample takes is known without splitting one. Empty once anything is known.
   */
  public List<Integer> probes(int size) {
    memory.read();
    return controller.isUntried() && memory.reading().headroomBytes().isPresent()
        ? IntStream.of(PROBE_SHARES)
            .map(share -> size / share)
            .filter(probe -> probe >= LEAST_PROBE)
            .limit(MOST_PROBES)
            .boxed()
            .toList()
        : List.of();
  }

  /** A logical batch of {@code size} samples starts, or starts again; sizes are not compared. */
  public void begin(int size) {
    begin(size, false);
  }

  /**
   * The same of one in which sizes may be compared.
   *
   * @param mayTry whether nothing else is being tried
   */
  public void begin(int size, boolean mayTry) {
    batchSize = size;
    memory.beforeBatch(size);
    OptionalLong headroom = memory.reading().headroomBytes();
    reckonWhole(headroom);
    log.decided(tape.begin(controller, log.step(), size, headroom, mayTry));
    batchStartNanos = nanoClock.getAsLong();
    warnIfNothingIsLeft();
  }

  /** A batch in one piece takes more than the law says, if its loss comes on top. */
  private void reckonWhole(OptionalLong headroom) {
    OptionalLong needs = bytesToCome(batchSize);
    boolean counts = !needs.equals(controller.predictedBytes(batchSize));
    if (counts || tellsOfWhole) {
      tape.whole(
          controller,
          counts ? needs : OptionalLong.empty(),
          wholeBatch.roomBytes(batchSize, headroom));
    }
    tellsOfWhole = counts;
  }

  /** Samples of the next micro-batch, of {@code remaining}. */
  public int next(int remaining) {
    return controller.next(remaining);
  }

  /** Whether a micro-batch of {@code size} samples is believed to fit. */
  public boolean fits(int size) {
    return controller.fits(size);
  }

  /** Samples of a micro-batch of a logical batch of {@code size}, if memory were no concern. */
  public int wanted(int size) {
    return Math.min(size, limits.max());
  }

  /** A micro-batch of {@code size} samples starts. */
  public void start(int size) {
    OptionalLong toCome = bytesToCome(size);
    memory.makeRoom(size, toCome);
    headroomAtStart = memory.reading().headroomBytes();
    log.predicted(predictedPeak(toCome));
    measuring.start(size, isNear(size), memory.isPlenty(), memory.wasReleased());
    startNanos = nanoClock.getAsLong();
  }

  /** What the micro-batch will take; with its loss, if it is the whole batch. */
  private OptionalLong bytesToCome(int size) {
    OptionalLong predicted = controller.predictedBytes(size);
    return size == batchSize && predicted.isPresent()
        ? OptionalLong.of(predicted.getAsLong() + wholeBatch.moreBytes(size, predicted))
        : predicted;
  }

  /** What is in use and cannot be given back, margins included, and what the micro-batch adds. */
  private OptionalLong predictedPeak(OptionalLong growth) {
    OptionalLong limit = memory.reading().limitBytes();
    OptionalLong headroom = memory.reading().headroomBytes();
    return growth.isPresent() && limit.isPresent() && headroom.isPresent()
        ? OptionalLong.of(limit.getAsLong() - headroom.getAsLong() + growth.getAsLong())
        : OptionalLong.empty();
  }

  /** Whether sizes are being compared, so that other knobs had better rest. */
  public boolean isTrying() {
    return controller.isTrying();
  }

  /** Whether {@link #loss} wants a value. */
  public boolean wantsLoss() {
    return log.lossDue();
  }

  /** The loss of a batch. */
  public void loss(double value) {
    log.loss(value);
  }

  /** The forward pass of the micro-batch is over: all that it computed is in memory now. */
  public void forwardDone() {
    measuring.forwardDone();
  }

  /** The micro-batch of {@code size} samples that was started is done. */
  public void done(int size) {
    long nanos = nanoClock.getAsLong() - startNanos;
    memory.ran(size, nanos);
    OptionalLong grown = measuring.done(size);
    if (size == batchSize) {
      wholeBatch.took(size, grown);
    }
    memory.relieve();
    memory.keepRoom(limits.max());
    if (memory.read()) {
      log.decided(tape.headroom(controller, memory.reading().headroomBytes()));
    }
    log.decided(tape.done(controller, size, grown, nanos));
  }

  /** The loss of {@code size} samples follows, on the predictions of all micro-batches. */
  public void startLoss(int size) {
    lossPhase.start(size, memory);
  }

  /** The loss is there, and all that was computed on the way is still in memory. */
  public void lossComputed() {
    lossPhase.computed();
    measuring.forwardDone();
  }

  /** The loss's gradient at the predictions is there; what led to it is free again. */
  public void lossDone() {
    lossPhase.done(memory);
  }

  /** What was started, a micro-batch or a loss, will not be finished. */
  public void abandon() {
    lossPhase.abandon();
    measuring.abandon();
  }

  /** The logical batch got through. */
  public void batchDone(Way way, List<Integer> sizes, int size) {
    log.decided(tape.batchDone(controller, nanoClock.getAsLong() - batchStartNanos));
    log.batch(way, sizes, size);
  }

  /**
   * The batch cannot be split, though the plan asks for it: it stays whole.
   *
   * @throws SmartOpsException if the user fixed the micro-batch
   */
  public void cannotSplit(String why) {
    if (limits.isFixed()) {
      throw new SmartOpsException(
          "optMicroBatch(%d) cannot be kept: the batch cannot be split, because %s. Leave out"
                  .formatted(limits.max(), why)
              + " optMicroBatch to train on whole batches");
    }
    if (controller.mustSplit()) {
      warnOnce("Batches stay whole and cannot adapt to memory, because {}.", why);
    }
    tape.neverSplitForSpeed(controller);
  }

  /** Logs a warning about the way batches are split, the first time that there is one. */
  public void warnOnce(String format, Object... arguments) {
    if (!warned) {
      warned = true;
      LOGGER.warn(format, arguments);
    }
  }

  /**
   * A micro-batch of {@code size} samples ran out of memory: the next ones are smaller.
   *
   * @param refusal why the batch cannot be split, if it cannot
   * @throws SmartOpsException if there is nothing smaller
   */
  public void outOfMemory(Phase phase, int size, Throwable failure, Optional<String> refusal) {
    failed(phase, size, failure);
    if (refusal.isPresent()) {
      throw new SmartOpsException(
          "memory ran out in %s with %d samples, and the batch cannot be split, because %s. Use a"
                  .formatted(phase.name().toLowerCase(Locale.ROOT), size, refusal.get())
              + " smaller batch",
          failure);
    }
    if (!controller.canShrink(size)) {
      throw new SmartOpsException(
          "memory ran out in %s with a micro-batch of %d, the smallest allowed: %s. Raise the"
                  .formatted(phase.name().toLowerCase(Locale.ROOT), size, needs(size))
              + " memory limit, lower the bound of optMicroBatchRange, or use a smaller model or"
              + " smaller samples",
          failure);
    }
    log.decided(tape.outOfMemory(controller, size, headroomAtStart));
    releaseMemory();
  }

  /** The same of one that no batch depends on: there need be nothing smaller. */
  public void outOfMemoryAside(Phase phase, int size, Throwable failure) {
    abandon();
    failed(phase, size, failure);
    if (controller.canShrink(size)) {
      log.decided(tape.outOfMemory(controller, size, headroomAtStart));
    }
    releaseMemory();
  }

  private void failed(Phase phase, int size, Throwable failure) {
    log.outOfMemory(
        new OutOfMemoryEvent(log.step(), phase, size, String.valueOf(failure.getMessage())));
  }

  /** What another run of the same model may start from. */
  public LearntMemory learnt() {
    return new LearntMemory(controller.experience(), lossPhase.level());
  }

  /** Memory ran out: gives back all that is kept. */
  public void releaseMemory() {
    memory.releaseAll();
  }

  /** Whether the micro-batch may take a good part of what is free. */
  private boolean isNear(int size) {
    OptionalLong predicted = controller.predictedBytes(size);
    return headroomAtStart.isPresent()
        && predicted.isPresent()
        && NEAR_PART * predicted.getAsLong() > headroomAtStart.getAsLong();
  }

  /** Nothing has failed, so the run goes on as carefully as is worth while; but it will be slow. */
  private void warnIfNothingIsLeft() {
    long used = memory.reading().usedBytes().orElse(0);
    long limit = memory.reading().limitBytes().orElse(Long.MAX_VALUE);
    if (used - limit >= limit / MemoryGauge.RESERVE_PART
        || memory.reading().headroomBytes().equals(OptionalLong.of(0))) {
      warnOnce(
          "The memory limit leaves no room for a batch: the process holds {} of {}. Micro-batches"
              + " are as small as is worth while; raise the limit.",
          mebibytes(memory.reading().usedBytes()),
          mebibytes(memory.reading().limitBytes()));
    }
  }

  private String needs(int size) {
    OptionalLong needed = controller.predictedBytes(size);
    return "it needs %s, and %s could be allocated when it started"
        .formatted(
            needed.isPresent() ? "about " + mebibytes(needed) : "an amount that was never measured",
            headroomAtStart.isPresent()
                ? mebibytes(headroomAtStart)
                : "an amount that cannot be read");
  }

  private static String mebibytes(OptionalLong bytes) {
    return "%.1f MiB".formatted(bytes.orElse(0) / MIB);
  }
}
