package io.smartops.report.history;

import io.smartops.control.Knob;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What became of one knob in a run.
 *
 * <p>The gain is measured, not modelled: samples per second of work between the latest change and
 * the end, against those between the change before the first one (of any knob) and the first one.
 * Whatever else changed in between is part of it.
 *
 * @param knob which
 * @param from its first value
 * @param to its latest value
 * @param changes how often it was turned
 * @param before samples per second before the first change; absent if no step came before it
 * @param after samples per second after the latest change; absent if no step came after it
 */
public record Tuned(
    Knob knob, String from, String to, int changes, OptionalDouble before, OptionalDouble after) {
  private static final double NANOS_PER_SECOND = 1e9;

  /** What became of each knob that was turned, in the order in which they were first turned. */
  static List<Tuned> of(List<Mark> marks, List<StepPoint> points) {
    List<Tuned> tuned = new ArrayList<>();
    for (Knob knob : Knob.values()) {
      List<Mark> turns =
          marks.stream().filter(m -> m.knob().filter(knob::equals).isPresent()).toList();
      if (!turns.isEmpty()) {
        tuned.add(of(knob, turns, marks, points));
      }
    }
    return List.copyOf(tuned);
  }

  private static Tuned of(Knob knob, List<Mark> turns, List<Mark> marks, List<StepPoint> points) {
    Mark first = turns.get(0);
    Mark last = turns.get(turns.size() - 1);
    long since = marks.stream().mapToLong(Mark::step).filter(s -> s < first.step()).max().orElse(0);
    return new Tuned(
        knob,
        first.from(),
        last.to(),
        turns.size(),
        rate(points, since, first.step()),
        rate(points, last.step(), Long.MAX_VALUE));
  }

  /** The rate of the points that lie between two steps, both left out. */
  private static OptionalDouble rate(List<StepPoint> points, long after, long before) {
    long samples = 0;
    long nanos = 0;
    for (StepPoint point : points) {
      if (point.step() - point.steps() >= after && point.step() < before) {
        samples += point.samples();
        nanos += point.workNanos();
      }
    }
    return nanos > 0
        ? OptionalDouble.of(samples * NANOS_PER_SECOND / nanos)
        : OptionalDouble.empty();
  }

  /**
   * The gain as a share of the rate before: 0.25 is a quarter faster. Absent too where the knob was
   * turned back to where it had been: what changed since has other reasons.
   */
  public OptionalDouble gain() {
    return !from.equals(to) && before.isPresent() && after.isPresent() && before.getAsDouble() > 0
        ? OptionalDouble.of(after.getAsDouble() / before.getAsDouble() - 1)
        : OptionalDouble.empty();
  }
}
