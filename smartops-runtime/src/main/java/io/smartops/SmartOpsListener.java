package io.smartops;

import io.smartops.control.Decision;

/**
 * Hears what the runtime does. Every method has an empty default. Calls come on the thread that
 * trains, in order; an exception thrown by a listener is logged and otherwise ignored, since
 * watching must not disturb training.
 */
public interface SmartOpsListener {

  /** A knob was turned. */
  default void onDecision(Decision decision) {}

  /** An out-of-memory error was caught and the work is about to be replayed. */
  default void onOutOfMemory(OutOfMemoryEvent event) {}

  /** A step's gradients overflowed in a lower precision, and it was not applied. */
  default void onStepSkipped(SkippedStep skipped) {}

  /** A logical step has been applied to the parameters. */
  default void onStep(StepReport report) {}
}
