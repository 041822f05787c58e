package io.smartops.report.journal;

import io.smartops.control.Decision;
import io.smartops.control.Knob;
import io.smartops.control.tape.Setup;
import io.smartops.control.tape.Signal;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** What one line of a journal says. */
public sealed interface Entry {

  /** A controller was made. */
  record Made(int controller, String name, Setup setup) implements Entry {}

  /** A controller was told something within a step. */
  record Heard(int controller, long step, List<Signal> signals) implements Entry {
    public Heard {
      signals = List.copyOf(signals);
    }
  }

  /** A controller was told what its latest {@link Heard} says, in each of the steps up to this. */
  record Repeated(int controller, long step, long times) implements Entry {}

  /** A decision was taken, by a controller or without one. */
  record Decided(OptionalInt controller, Decision decision) implements Entry {}

  /**
   * What came of a decision.
   *
   * @param step the decision's step
   * @param knob what it turned
   * @param to the value that it was turned to
   * @param steps steps that were looked at after it
   * @param samplesPerSecondBefore throughput before
   * @param samplesPerSecondAfter throughput after
   * @param highestUsedBytes the most memory that the process was seen to hold after it
   * @param outOfMemoryErrors so many of them after it
   */
  record Outcome(
      long step,
      Knob knob,
      String to,
      int steps,
      OptionalDouble samplesPerSecondBefore,
      OptionalDouble samplesPerSecondAfter,
      OptionalDouble highestUsedBytes,
      int outOfMemoryErrors)
      implements Entry {}

  /** Something happened that concerns no controller, such as an error that was survived. */
  record Happened(String type, long step) implements Entry {}

  /** The run's proper end. */
  record End() implements Entry {}
}
