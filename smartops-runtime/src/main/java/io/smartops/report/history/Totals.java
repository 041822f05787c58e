package io.smartops.report.history;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * A run so far, in sums.
 *
 * @param steps logical steps applied
 * @param samples samples trained on
 * @param workNanos time spent on steps and on waiting for their data
 * @param waitNanos the part of it spent waiting for data
 * @param skipped steps whose update was left out
 * @param survived out-of-memory errors that were survived
 * @param avoided times that the micro-batch was made smaller before memory ran out
 * @param decisions changes of a knob
 * @param peakBytes the most memory that was seen at the end of a step
 */
public record Totals(
    long steps,
    long samples,
    long workNanos,
    long waitNanos,
    long skipped,
    long survived,
    long avoided,
    long decisions,
    OptionalLong peakBytes) {
  static final Totals NONE = new Totals(0, 0, 0, 0, 0, 0, 0, 0, OptionalLong.empty());

  private static final double NANOS_PER_SECOND = 1e9;

  Totals plus(StepPoint point) {
    OptionalLong peak =
        point.usedBytes().isPresent()
            ? OptionalLong.of(Math.max(point.usedBytes().getAsLong(), peakBytes.orElse(0)))
            : peakBytes;
    return new Totals(
        steps + point.steps() - point.skipped(),
        samples + point.samples(),
        workNanos + point.workNanos(),
        waitNanos + point.waitNanos(),
        skipped + point.skipped(),
        survived,
        avoided,
        decisions,
        peak);
  }

  Totals plusDecision(boolean avoidance) {
    return new Totals(
        steps,
        samples,
        workNanos,
        waitNanos,
        skipped,
        survived,
        avoidance ? avoided + 1 : avoided,
        decisions + 1,
        peakBytes);
  }

  Totals plusOutOfMemory() {
    return new Totals(
        steps, samples, workNanos, waitNanos, skipped, survived + 1, avoided, decisions, peakBytes);
  }

  /** Samples in a second of work, over the whole run. */
  public OptionalDouble samplesPerSecond() {
    return workNanos > 0
        ? OptionalDouble.of(samples * NANOS_PER_SECOND / workNanos)
        : OptionalDouble.empty();
  }
}
