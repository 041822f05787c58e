package io.smartops.control;

import java.util.Map;

/**
 * One change of one knob, which explains itself. Logs, the journal, the summary and the tests all
 * read this object.
 *
 * @param step logical step, counted from 1, in which the change takes effect
 * @param knob what was turned
 * @param from the old value, in words ("64")
 * @param to the new value, in words ("32")
 * @param reason why, as a short sentence without a full stop
 * @param figures the figures behind the reason, by name with unit ("headroomBytes"); iteration
 *     order is the order of importance
 */
public record Decision(
    long step, Knob knob, String from, String to, String reason, Map<String, Double> figures) {

  /** The same change, as one of another step: loaders count batches where trainers count steps. */
  public Decision atStep(long otherStep) {
    return new Decision(otherStep, knob, from, to, reason, figures);
  }

  /** One line for a log: {@code step 12: micro-batch 64 → 32, because …}. */
  public String describe() {
    return "step %d: %s %s → %s, because %s".formatted(step, knob.label(), from, to, reason);
  }
}
