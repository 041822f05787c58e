package io.smartops.loop;

import io.smartops.OutOfMemoryEvent;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.SmartOpsException;
import io.smartops.control.BatchController;
import io.smartops.control.MemoryExperience;
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
 * Plans the micro-batches of one device: reads the memory, asks the controller, and tells the run's
 * log what was decided. The controller decides; this class knows the clock and the device.
 *
 * <p>Not thread-safe: belongs to the thread that trains on the device.
 */
public final class BatchPlanner {
  private static final Logger LOGGER = LoggerFactory.getLogger(BatchPlanner.class);
  private static final double MIB = 1 << 20;

  /**
   * Readings of the memory are at least this far apart. A full reading takes some 30 to 60 µs, on a
   * heap with many holes up to 1 ms: so at most 1 % of a step goes into it, and a neighbour's
   * growth is still seen within a blink.
   */
  static final long READING_INTERVAL_NANOS = 20_000_000;

  /**
   * The first micro-batches are all measured, and each size that is new; then one of this many,
   * since measuring takes about 0.1 ms.
   */
  static final int MEASURED_AT_FIRST = 16;

  static final int MEASURED_OF = 16;

  /**
   * Headroom beyond what the largest micro-batch takes from which nothing can go wrong soon: more
   * than a neighbour, or the JVM, takes between two readings.
   */
  static final long PLENTY_BYTES = 1L << 30;

  /** With that much left, readings and measurements are so many times rarer. */
  static final int PLENTY_REST = 10;

  /**
   * Factor above the prediction from which a growth is measured again before it counts: the JVM's
   * compiler takes tens of MiB from the same allocator, for a moment.
   */
  static final double SURPRISE = 1.2;

  /**
   * Probes are these parts of the logical batch: the controller trusts its law up to eight times
   * the largest size that it has seen.
   */
  private static final int[] PROBE_SHARES = {32, 16, 8};

  private static final int LEAST_PROBE = 2;

  /**
   * A micro-batch that is predicted to take more than one part in so many of the headroom is
   * watched, whether or not it is measured: what it does to resident memory may pass the limit.
   */
  static final int NEAR_PART = 4;

  /**
   * The allocator may keep this much, and what some micro-batches take: steps reuse it. The rest is
   * what others have left, such as the JVM's compiler, which takes tens of MiB as it warms up.
   */
  static final long KEPT_BYTES = 2L << 20;

  static final int KEPT_STEPS = 2;

  private final BatchController controller;
  private final MicroBatchLimits limits;
  private final MemoryGauge gauge;
  private final RunLog log;
  private final Runnable releaseMemory;
  private final LongSupplier nanoClock;
  private final BatchTape tape;
  private MemoryGauge.Reading memory = MemoryGauge.Reading.UNKNOWN;
  private OptionalLong headroomAtStart = OptionalLong.empty();
  private boolean plenty;
  private boolean mustRead = true;
  private long readNanos;
  private final Relief relief;
  private long startNanos;
  private long batchStartNanos;
  private long started;
  private int largestMeasured;
  private boolean measuring;
  private boolean doubting;
  private boolean curious;
  private boolean warned;
  private int largestRun;
  private int capRun;
  private boolean released;

  /**
   * A planner whose controller's signals are taken down.
   *
   * @param controller decides
   * @param limits the bounds that the controller was given
   * @param gauge reads the device
   * @param log hears of decisions and failures
   * @param releaseMemory gives back what the allocator keeps, after a failure
   * @param nanoClock nanoseconds, as {@link System#nanoTime()}
   * @param tape takes down what the controller is told
   */
  public BatchPlanner(
      BatchController controller,
      MicroBatchLimits limits,
      MemoryGauge gauge,
      RunLog log,
      Runnable releaseMemory,
      LongSupplier nanoClock,
      Tape tape) {
    this(controller, limits, gauge, log, releaseMemory, nanoClock, tape, new Relief());
  }

  private BatchPlanner(
      BatchController controller,
      MicroBatchLimits limits,
      MemoryGauge gauge,
      RunLog log,
      Runnable releaseMemory,
      LongSupplier nanoClock,
      Tape tape,
      Relief relief) {
    this.controller = controller;
    this.limits = limits;
    this.gauge = gauge;
    this.log = log;
    this.releaseMemory = releaseMemory;
    this.nanoClock = nanoClock;
    this.tape = new BatchTape(tape);
    this.relief = relief;
  }

  /**
   * A planner for the same batches in a lower precision, whose activations take no more: it begins
   * with what this one has learnt, so that nothing under a tight limit is learnt twice.
   *
   * @param name what it is for, in words
   * @param moreBytes what a micro-batch takes besides, whatever its size
   */
  public BatchPlanner inLowerPrecision(String name, long moreBytes) {
    BatchPlanner lower =
        new BatchPlanner(
            controller.startingHere(moreBytes),
            limits,
            gauge,
            log,
            releaseMemory,
            nanoClock,
            tape.tape().inLowerPrecision(name, moreBytes),
            relief);
    lower.started = started;
    lower.largestMeasured = largestMeasured;
    return lower;
  }

  /**
   * Sizes to try out before the first logical batch, for a model whose batches should stay whole:
   * so the memory that a sample takes is known without splitting one. Empty once anything is known.
   */
  public List<Integer> probes(int size) {
    readMemory();
    return controller.isUntried() && memory.headroomBytes().isPresent()
        ? IntStream.of(PROBE_SHARES)
            .map(share -> size / share)
            .filter(probe -> probe >= LEAST_PROBE)
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
    readMemory();
    relieve();
    tidy(size);
    readMemory();
    log.decided(tape.begin(controller, log.step(), size, memory.headroomBytes(), mayTry));
    batchStartNanos = nanoClock.getAsLong();
    warnIfNothingIsLeft();
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
    makeRoom(size);
    headroomAtStart = memory.headroomBytes();
    log.predicted(predictedPeak(size));
    boolean near = isNear(size);
    measuring =
        started < MEASURED_AT_FIRST
            || started % rested(MEASURED_OF) == 0
            || size > largestMeasured
            || released
            || (curious && near);
    started++;
    released = false;
    if (measuring) {
      largestMeasured = Math.max(size, largestMeasured);
      gauge.start();
    } else if (near) {
      gauge.watch();
    }
    startNanos = nanoClock.getAsLong();
  }

  /** What is in use and cannot be given back, margins included, and what the micro-batch adds. */
  private OptionalLong predictedPeak(int size) {
    OptionalLong growth = controller.predictedBytes(size);
    return growth.isPresent()
            && memory.limitBytes().isPresent()
            && memory.headroomBytes().isPresent()
        ? OptionalLong.of(
            memory.limitBytes().getAsLong()
                - memory.headroomBytes().getAsLong()
                + growth.getAsLong())
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
    if (measuring) {
      gauge.mark();
    }
  }

  /** The micro-batch of {@code size} samples that was started is done. */
  public void done(int size) {
    long nanos = nanoClock.getAsLong() - startNanos;
    OptionalLong grown = believed(size, gauge.stop());
    measuring = false;
    relieve();
    if (readMemory()) {
      log.decided(tape.headroom(controller, memory.headroomBytes()));
    }
    log.decided(tape.done(controller, size, grown, nanos));
  }

  /**
   * A growth far above what was predicted counts once the next measurement confirms it. While
   * readings are far from the prediction, in either direction, all are taken: so it is soon right.
   */
  private OptionalLong believed(int size, OptionalLong grown) {
    if (grown.isEmpty()) {
      return grown;
    }
    OptionalLong predicted = controller.predictedBytes(size);
    boolean surprising =
        predicted.isPresent() && grown.getAsLong() > SURPRISE * predicted.getAsLong();
    curious =
        surprising
            || (predicted.isPresent() && predicted.getAsLong() > SURPRISE * grown.getAsLong());
    doubting = surprising && !doubting;
    return doubting ? OptionalLong.empty() : grown;
  }

  /** The micro-batch that was started, if any, will not be finished. */
  public void abandon() {
    gauge.abandon();
    measuring = false;
  }

  /** Reads the memory unless that was done a moment ago; whether it was read. */
  private boolean readMemory() {
    long now = nanoClock.getAsLong();
    if (!mustRead && now - readNanos < rested(READING_INTERVAL_NANOS)) {
      return false;
    }
    memory = gauge.read();
    plenty = largestMeasured > 0 && hasPlenty(controller.predictedBytes(largestMeasured));
    log.memory(memory);
    readNanos = now;
    mustRead = false;
    return true;
  }

  private long rested(long interval) {
    return plenty ? PLENTY_REST * interval : interval;
  }

  /** Whether so many bytes can be allocated and {@link #PLENTY_BYTES} are left. */
  public boolean hasPlenty(long bytes) {
    OptionalLong headroom = memory.headroomBytes();
    return headroom.isPresent() && headroom.getAsLong() - bytes >= PLENTY_BYTES;
  }

  private boolean hasPlenty(OptionalLong bytes) {
    return bytes.isPresent() && hasPlenty(bytes.getAsLong());
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
  public MemoryExperience experience() {
    return controller.experience();
  }

  /** Gives back what the allocator keeps. */
  public void releaseMemory() {
    releaseMemory.run();
    mustRead = true;
  }

  /**
   * The limit is near or passed: the plan shrinks, and pages that the allocator keeps in pieces too
   * small to be used again are got back, unless that is too soon again.
   */
  private void relieve() {
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
   * What the allocator keeps in vain goes back to the system now and then, limit or not; so does
   * what was left before the first batch, in pieces that fit no micro-batch.
   */
  private void tidy(int size) {
    long needed = controller.predictedBytes(Math.min(size, controller.cap())).orElse(0);
    if (gauge.retainedBytes() > KEPT_BYTES + KEPT_STEPS * needed
        && relief.isDueAtLeisure(nanoClock.getAsLong())) {
      relief.startAtLeisure(gauge.retainedBytes());
      releaseTimed();
    }
  }

  /**
   * What the allocator keeps is in pieces of the sizes that ran before. A larger micro-batch, or
   * one of a changed plan, does not fit them, so that new pages are added: where these would pass
   * the limit, the old ones go first.
   */
  private void makeRoom(int size) {
    if (size <= largestRun && controller.cap() == capRun) {
      return;
    }
    largestRun = size;
    capRun = controller.cap();
    OptionalLong predicted = controller.predictedBytes(size);
    if (predicted.isPresent() && gauge.wouldPass(predicted.getAsLong())) {
      releaseTimed();
      readMemory();
    }
  }

  private void releaseTimed() {
    mustRead = true;
    released = true;
    readMemory();
    long before = memory.usedBytes().orElse(0);
    long start = nanoClock.getAsLong();
    releaseMemory();
    long end = nanoClock.getAsLong();
    readMemory();
    relief.done(start, end, before, memory.usedBytes().orElse(0));
    mustRead = true; // the controller has not heard of this reading yet
  }

  /** Whether the micro-batch may take a good part of what is free. */
  private boolean isNear(int size) {
    OptionalLong predicted = controller.predictedBytes(size);
    return headroomAtStart.isPresent()
        && predicted.isPresent()
        && NEAR_PART * predicted.getAsLong() > headroomAtStart.getAsLong();
  }

  /** Nothing has failed, so the run goes on as carefully as it can; but it will crawl. */
  private void warnIfNothingIsLeft() {
    if (memory.headroomBytes().equals(OptionalLong.of(0))) {
      warnOnce(
          "The memory limit leaves no room for a batch: the process holds {} of {}. Micro-batches"
              + " are as small as they may be; raise the limit.",
          mebibytes(memory.usedBytes()),
          mebibytes(memory.limitBytes()));
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
