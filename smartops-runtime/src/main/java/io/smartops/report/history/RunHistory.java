package io.smartops.report.history;

import io.smartops.OutOfMemoryEvent;
import io.smartops.SmartOpsListener;
import io.smartops.StepReport;
import io.smartops.control.Decision;
import io.smartops.control.Knob;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;

/**
 * Remembers a run of any length in bounded memory: at most {@value #MOST_POINTS} points of steps,
 * {@value #MOST_DEVICE_POINTS} of devices and 1,000 marks.
 *
 * <p>Thread-safe: the training thread writes, others read. A step costs one small object and a lock
 * that is seldom contended.
 */
public final class RunHistory implements SmartOpsListener {
  /** More points than a screen has columns; at least half as many cover a long run. */
  static final int MOST_POINTS = 2048;

  static final int MOST_DEVICE_POINTS = 512;

  private final RunInfo info;
  private final LongSupplier nanoClock;
  private final long startNanos;
  private final Timeline<StepPoint> steps = new Timeline<>(MOST_POINTS, StepPoint::plus);
  private final Timeline<DevicePoint> devices =
      new Timeline<>(MOST_DEVICE_POINTS, DevicePoint::mean);
  private final Marks marks = new Marks();
  private Compute compute = Compute.UNKNOWN;
  private Totals totals = Totals.NONE;
  private Optional<StepPoint> latest = Optional.empty();
  private OptionalDouble latestLoss = OptionalDouble.empty();
  private long outOfMemoryStep;
  private boolean finished;

  /**
   * An empty history; the run starts now.
   *
   * @param nanoClock nanoseconds, as {@link System#nanoTime()}
   */
  public RunHistory(RunInfo info, LongSupplier nanoClock) {
    this.info = info;
    this.nanoClock = nanoClock;
    this.startNanos = nanoClock.getAsLong();
  }

  @Override
  public synchronized void onStep(StepReport report) {
    StepPoint point = StepPoint.of(report, elapsedNanos());
    steps.add(point);
    totals = totals.plus(point);
    latest = Optional.of(point);
    latestLoss = report.loss().isPresent() ? report.loss() : latestLoss;
  }

  @Override
  public synchronized void onDecision(Decision decision) {
    marks.add(Mark.of(decision, elapsedNanos()));
    totals = totals.plusDecision(isAvoidance(decision));
  }

  /** Whether a micro-batch was made smaller with no out-of-memory error in the same step. */
  private boolean isAvoidance(Decision decision) {
    return decision.knob() == Knob.MICRO_BATCH
        && decision.step() != outOfMemoryStep
        && decision.figures().containsKey("predictedBytes")
        && isLess(decision.to(), decision.from());
  }

  private static boolean isLess(String to, String from) {
    try {
      return Long.parseLong(to) < Long.parseLong(from);
    } catch (NumberFormatException inWords) {
      return false;
    }
  }

  @Override
  public synchronized void onOutOfMemory(OutOfMemoryEvent event) {
    outOfMemoryStep = event.step();
    marks.add(Mark.of(event, elapsedNanos()));
    totals = totals.plusOutOfMemory();
  }

  /** All devices were read. */
  public synchronized void devices(List<DeviceSample> samples) {
    devices.add(new DevicePoint(elapsedNanos(), List.copyOf(samples)));
  }

  /** What the model asks of the device became known. */
  public synchronized void compute(Compute known) {
    compute = known;
  }

  /** The trainer was closed. */
  public synchronized void finish() {
    finished = true;
  }

  /** The latest single step, if there was one. */
  public synchronized Optional<StepPoint> latest() {
    return latest;
  }

  /** The latest loss that was read, if one was. */
  public synchronized OptionalDouble latestLoss() {
    return latestLoss;
  }

  /** Sums so far. */
  public synchronized Totals totals() {
    return totals;
  }

  /** The devices as they were read last. */
  public synchronized Optional<DevicePoint> latestDevices() {
    return devices.latest();
  }

  /** What the model asks of the device. */
  public synchronized Compute compute() {
    return compute;
  }

  /** A copy of everything. */
  public synchronized RunSnapshot snapshot() {
    return new RunSnapshot(
        info,
        compute,
        elapsedNanos(),
        finished,
        totals,
        steps.points(),
        steps.generation(),
        steps.closedPoints(),
        devices.points(),
        devices.generation(),
        devices.closedPoints(),
        marks.all(),
        marks.leftOut());
  }

  private long elapsedNanos() {
    return nanoClock.getAsLong() - startNanos;
  }
}
