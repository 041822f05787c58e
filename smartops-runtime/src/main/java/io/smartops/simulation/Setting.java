package io.smartops.simulation;

/**
 * Every knob of a training run.
 *
 * @param microBatch samples of the next micro-batch; fewer run where fewer are left
 * @param arithmetic of the model
 * @param workers threads that build batches
 * @param depth batches built ahead
 * @param purpose what the next micro-batch is for
 */
public record Setting(
    int microBatch, Arithmetic arithmetic, int workers, int depth, Purpose purpose) {

  /** What a micro-batch is for. */
  public enum Purpose {
    /** Training under the plan in force. */
    PLAN,
    /** Training while settings are compared. */
    COMPARISON,
    /** A trial whose result is thrown away. */
    DISCARDED
  }
}
