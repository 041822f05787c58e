package io.smartops.report.history;

import io.smartops.LoaderState;
import io.smartops.StepReport;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/**
 * One step, or several neighbouring ones as one.
 *
 * @param step the latest step
 * @param steps how many steps
 * @param endNanos when the latest ended, since the run's start
 * @param workNanos time spent on steps and on waiting for their data; validation and the user's own
 *     code between steps left out
 * @param waitNanos the part of it spent waiting for data
 * @param slowestNanos the longest step of them
 * @param samples samples of all of them
 * @param lossSum sum of the losses that were read
 * @param losses how many losses were read
 * @param usedBytes the most memory in use
 * @param limitBytes the latest limit
 * @param predictedBytes the highest predicted peak
 * @param microBatch the latest micro-batch
 * @param microBatches the latest number of micro-batches in a step
 * @param precision the latest precision
 * @param loader the latest settings of the loader
 * @param skipped steps whose update was left out
 */
public record StepPoint(
    long step,
    long steps,
    long endNanos,
    long workNanos,
    long waitNanos,
    long slowestNanos,
    long samples,
    double lossSum,
    long losses,
    OptionalLong usedBytes,
    OptionalLong limitBytes,
    OptionalLong predictedBytes,
    int microBatch,
    int microBatches,
    String precision,
    Optional<LoaderState> loader,
    long skipped) {
  private static final double NANOS_PER_SECOND = 1e9;

  /** The point of one step that ended at {@code endNanos}. */
  static StepPoint of(StepReport report, long endNanos) {
    long workNanos = workNanos(report);
    return new StepPoint(
        report.step(),
        1,
        endNanos,
        workNanos,
        Math.min(report.dataWaitNanos(), workNanos),
        workNanos,
        report.samples(),
        report.loss().orElse(0),
        report.loss().isPresent() ? 1 : 0,
        report.usedBytes(),
        report.limitBytes(),
        report.predictedBytes(),
        report.microBatch(),
        report.microBatches(),
        report.precision(),
        report.loader(),
        report.skipped() ? 1 : 0);
  }

  /** Waiting for data lies outside of the step's collector, but is part of what a step costs. */
  private static long workNanos(StepReport report) {
    return report.nanos() - Math.max(0, report.outsideNanos() - report.dataWaitNanos());
  }

  StepPoint plus(StepPoint later) {
    return new StepPoint(
        later.step,
        steps + later.steps,
        later.endNanos,
        workNanos + later.workNanos,
        waitNanos + later.waitNanos,
        Math.max(slowestNanos, later.slowestNanos),
        samples + later.samples,
        lossSum + later.lossSum,
        losses + later.losses,
        most(usedBytes, later.usedBytes),
        later.limitBytes,
        most(predictedBytes, later.predictedBytes),
        later.microBatch,
        later.microBatches,
        later.precision,
        later.loader,
        skipped + later.skipped);
  }

  private static OptionalLong most(OptionalLong a, OptionalLong b) {
    return LongStream.concat(a.stream(), b.stream()).max();
  }

  /** Samples in a second of work; absent where no time passed. */
  public OptionalDouble samplesPerSecond() {
    return workNanos > 0
        ? OptionalDouble.of(samples * NANOS_PER_SECOND / workNanos)
        : OptionalDouble.empty();
  }

  /** Mean time of a step, waiting for data included. */
  public double stepNanos() {
    return (double) workNanos / steps;
  }

  /** Mean loss, where one was read. */
  public OptionalDouble loss() {
    return losses > 0 ? OptionalDouble.of(lossSum / losses) : OptionalDouble.empty();
  }

  /** Share of the work's time spent waiting for data, 0 to 1. */
  public double waitShare() {
    return workNanos > 0 ? (double) waitNanos / workNanos : 0;
  }
}
