package io.smartops;

/**
 * An out-of-memory error that the runtime caught.
 *
 * @param step logical step, counted from 1
 * @param phase where it happened
 * @param microBatch samples in the micro-batch that failed; the whole batch where it was not split
 * @param message the engine's own message
 */
public record OutOfMemoryEvent(long step, Phase phase, int microBatch, String message) {

  /** Where in a step memory ran out. */
  public enum Phase {
    /** The model's forward pass. */
    FORWARD,
    /** The loss. */
    LOSS,
    /** The backward pass. */
    BACKWARD,
    /** The optimizer's update. */
    STEP,
    /** A forward pass of evaluation. */
    EVALUATE
  }
}
