package io.smartops.report.history;

import io.smartops.OutOfMemoryEvent;
import io.smartops.control.Decision;
import io.smartops.control.Knob;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Something that happened at a moment: a decision, or an out-of-memory error that was survived.
 *
 * @param nanos when, since the run's start
 * @param step the logical step
 * @param knob what was turned; empty for an out-of-memory error
 * @param from the old value
 * @param to the new value
 * @param reason why, or where memory ran out
 * @param figures the figures behind it
 */
public record Mark(
    long nanos,
    long step,
    Optional<Knob> knob,
    String from,
    String to,
    String reason,
    Map<String, Double> figures) {

  static Mark of(Decision decision, long nanos) {
    return new Mark(
        nanos,
        decision.step(),
        Optional.of(decision.knob()),
        decision.from(),
        decision.to(),
        decision.reason(),
        decision.figures());
  }

  static Mark of(OutOfMemoryEvent event, long nanos) {
    return new Mark(
        nanos,
        event.step(),
        Optional.empty(),
        "",
        "",
        "memory ran out in %s with %d samples; the work was repeated"
            .formatted(event.phase().name().toLowerCase(Locale.ROOT), event.microBatch()),
        Map.of());
  }

  /** Whether it is an out-of-memory error. */
  public boolean isOutOfMemory() {
    return knob.isEmpty();
  }

  /** Its name: the knob's label, or "out of memory". */
  public String label() {
    return knob.map(Knob::label).orElse("out of memory");
  }
}
