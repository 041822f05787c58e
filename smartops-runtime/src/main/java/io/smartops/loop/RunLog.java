package io.smartops.loop;

import io.smartops.LoaderState;
import io.smartops.OutOfMemoryEvent;
import io.smartops.SkippedStep;
import io.smartops.SmartOpsListener;
import io.smartops.SmartOpsStats;
import io.smartops.StepReport;
import io.smartops.control.Decision;
import io.smartops.control.Precision;
import io.smartops.control.tape.Setup;
import io.smartops.control.tape.Tape;
import io.smartops.control.tape.Tapes;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has happened in a run: counts, the latest decisions, and who wants to hear of it.
 *
 * <p>Thread-safe: the shares of several devices report to one log.
 */
public final class RunLog {
  private static final Logger LOGGER = LoggerFactory.getLogger("io.smartops");

  /** Decisions that are kept for {@link #stats()}. */
  private static final int KEPT_DECISIONS = 1_000;

  /**
   * The loss is read this seldom: reading makes the training thread wait until a GPU has got there.
   */
  static final long LOSS_INTERVAL_NANOS = 100_000_000;

  private final List<SmartOpsListener> listeners;
  private final LongSupplier nanoClock;
  private final Tapes tapes;
  private final Map<Way, Long> ways = new EnumMap<>(Way.class);
  private final Deque<Decision> decisions = new ArrayDeque<>();
  private MemoryGauge.Reading memory = MemoryGauge.Reading.UNKNOWN;
  private OptionalLong peakBytes = OptionalLong.empty();
  private long steps;
  private long samples;
  private long outOfMemoryErrors;
  private long skippedSteps;
  private Precision precision = Precision.FP32;
  private long samplesInStep;
  private int largestInStep;
  private int microBatchesInStep;
  private int microBatch;
  private long stepStartNanos;
  private OptionalLong openedNanos = OptionalLong.empty();
  private OptionalLong predictedBytes = OptionalLong.empty();
  private OptionalDouble loss = OptionalDouble.empty();
  private long lossNanos;
  private Optional<LoaderState> loader = Optional.empty();
  private long dataWaitNanos;

  /**
   * An empty log.
   *
   * @param listeners who wants to hear
   * @param nanoClock nanoseconds, as {@link System#nanoTime()}
   */
  public RunLog(List<SmartOpsListener> listeners, LongSupplier nanoClock) {
    this(listeners, nanoClock, Tapes.NONE);
  }

  /**
   * An empty log.
   *
   * @param listeners who wants to hear
   * @param nanoClock nanoseconds, as {@link System#nanoTime()}
   * @param tapes where controllers' signals are taken down
   */
  public RunLog(List<SmartOpsListener> listeners, LongSupplier nanoClock, Tapes tapes) {
    this.listeners = listeners;
    this.tapes = tapes;
    this.nanoClock = nanoClock;
    this.stepStartNanos = nanoClock.getAsLong();
    this.lossNanos = stepStartNanos - LOSS_INTERVAL_NANOS;
  }

  /** The logical step that is being computed, counted from 1. */
  public synchronized long step() {
    return steps + 1;
  }

  /**
   * A tape for one of the run's controllers, which has not been told anything yet.
   *
   * @param name what the controller is for, in words
   * @param setup what it was made from
   */
  public Tape tape(String name, Setup setup) {
    return tapes.open(name, setup, this::step);
  }

  /** A gradient collector was opened; the first of a step starts its work. */
  public synchronized void stepOpened() {
    if (openedNanos.isEmpty()) {
      openedNanos = OptionalLong.of(nanoClock.getAsLong());
    }
  }

  /** Samples of the batches that came since the latest step. */
  public synchronized long samplesInStep() {
    return samplesInStep;
  }

  /** The memory was read. */
  synchronized void memory(MemoryGauge.Reading reading) {
    memory = reading;
    reading
        .usedBytes()
        .ifPresent(b -> peakBytes = OptionalLong.of(Math.max(b, peakBytes.orElse(0))));
  }

  /** The peak of the process's memory that the plan of a micro-batch expects. */
  synchronized void predicted(OptionalLong bytes) {
    predictedBytes = bytes;
  }

  /** Whether someone listens and the loss was not read of late. */
  public synchronized boolean lossDue() {
    return !listeners.isEmpty() && nanoClock.getAsLong() - lossNanos >= LOSS_INTERVAL_NANOS;
  }

  /** The loss of a batch of the current step. */
  public synchronized void loss(double value) {
    loss = OptionalDouble.of(value);
    lossNanos = nanoClock.getAsLong();
  }

  /** The settings of the adaptive loader, from now on. */
  public synchronized void loader(LoaderState state) {
    loader = Optional.of(state);
  }

  /** The training thread waited for data. */
  public synchronized void waitedForData(long nanos) {
    dataWaitNanos += nanos;
  }

  /** A batch is evaluated: waiting for it is none of the next step's. */
  public synchronized void evaluating() {
    if (openedNanos.isEmpty()) {
      dataWaitNanos = 0;
    }
  }

  /** Knobs were turned. */
  public synchronized void decided(List<Decision> taken) {
    for (Decision decision : taken) {
      LOGGER.info("{}", decision.describe());
      if (decisions.size() == KEPT_DECISIONS) {
        decisions.removeFirst();
      }
      decisions.addLast(decision);
      tell(listener -> listener.onDecision(decision));
    }
  }

  /** Memory ran out and the work is going to be repeated, or given up. */
  public synchronized void outOfMemory(OutOfMemoryEvent event) {
    outOfMemoryErrors++;
    LOGGER.warn(
        "step {}: out of memory in {} with {} samples: {}",
        event.step(),
        event.phase(),
        event.microBatch(),
        firstLine(event.message()));
    tell(listener -> listener.onOutOfMemory(event));
  }

  /** A logical batch got through. */
  synchronized void batch(Way way, List<Integer> sizes, int size) {
    ways.merge(way, 1L, Long::sum);
    microBatch = sizes.isEmpty() ? size : Collections.max(sizes);
    samplesInStep += size;
    largestInStep = Math.max(largestInStep, microBatch);
    microBatchesInStep += Math.max(1, sizes.size());
  }

  /** A logical batch was computed in {@code used}. */
  synchronized void precision(Precision used) {
    precision = used;
  }

  /** Gradients overflowed and were not applied. */
  public synchronized void stepSkipped(SkippedStep skipped) {
    skippedSteps++;
    LOGGER.info(
        "step {} is skipped: its gradients overflowed under a loss scale of {}; next scale {}",
        skipped.step(),
        skipped.lossScale(),
        skipped.nextLossScale());
    endStep(steps + 1, true);
    tell(listener -> listener.onStepSkipped(skipped));
  }

  /** The optimizer has applied the gradients. */
  public synchronized void stepDone() {
    steps++;
    samples += samplesInStep;
    endStep(steps, false);
  }

  private void endStep(long step, boolean skipped) {
    long now = nanoClock.getAsLong();
    StepReport report =
        new StepReport(
            step,
            samplesInStep,
            largestInStep,
            microBatchesInStep,
            now - stepStartNanos,
            openedNanos.orElse(stepStartNanos) - stepStartNanos,
            memory.usedBytes(),
            memory.limitBytes(),
            predictedBytes,
            loss,
            precision.label(),
            skipped,
            loader,
            dataWaitNanos);
    stepStartNanos = now;
    openedNanos = OptionalLong.empty();
    samplesInStep = 0;
    largestInStep = 0;
    microBatchesInStep = 0;
    loss = OptionalDouble.empty();
    dataWaitNanos = 0;
    tell(listener -> listener.onStep(report));
  }

  /** A copy of the counts. */
  public synchronized SmartOpsStats stats() {
    return new SmartOpsStats(
        steps,
        samples,
        microBatch,
        ways.getOrDefault(Way.WHOLE, 0L),
        ways.getOrDefault(Way.FUSED, 0L),
        ways.getOrDefault(Way.TWO_PASS, 0L),
        outOfMemoryErrors,
        skippedSteps,
        precision,
        peakBytes,
        memory.limitBytes(),
        List.copyOf(decisions));
  }

  private void tell(Consumer<SmartOpsListener> event) {
    for (SmartOpsListener listener : listeners) {
      try {
        event.accept(listener);
      } catch (RuntimeException e) {
        LOGGER.warn("A listener failed and is ignored this time.", e);
      }
    }
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("");
  }
}
