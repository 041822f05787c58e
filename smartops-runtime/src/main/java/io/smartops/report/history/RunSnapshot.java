package io.smartops.report.history;

import java.util.List;
import java.util.Optional;

/**
 * A run as it is now. Immutable.
 *
 * @param info what was known from the start
 * @param compute what the model asks of the device
 * @param elapsedNanos since the start
 * @param finished whether the trainer was closed
 * @param totals sums
 * @param steps the steps, oldest first, decimated
 * @param stepGeneration changes when earlier points of {@code steps} were merged
 * @param closedSteps points of {@code steps} that will not change within the generation
 * @param devices readings of devices, oldest first, decimated
 * @param deviceGeneration as {@code stepGeneration}
 * @param closedDevices as {@code closedSteps}
 * @param marks decisions and out-of-memory errors, oldest first
 * @param marksLeftOut how many marks were left out in the middle
 */
public record RunSnapshot(
    RunInfo info,
    Compute compute,
    long elapsedNanos,
    boolean finished,
    Totals totals,
    List<StepPoint> steps,
    int stepGeneration,
    int closedSteps,
    List<DevicePoint> devices,
    int deviceGeneration,
    int closedDevices,
    List<Mark> marks,
    long marksLeftOut) {

  /** The latest step or steps, if there was one. */
  public Optional<StepPoint> latest() {
    return steps.isEmpty() ? Optional.empty() : Optional.of(steps.get(steps.size() - 1));
  }

  /** What became of each knob that was turned. */
  public List<Tuned> tuned() {
    return Tuned.of(marks, steps);
  }
}
