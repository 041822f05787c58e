package io.smartops.control.tape;

import io.smartops.control.GradientAgreement;
import io.smartops.control.LoaderObservation;
import io.smartops.control.PrecisionObservation;
import java.util.OptionalLong;

/**
 * One thing that a controller was told. Each stands for a call of a method that may change the
 * controller's state; questions that change nothing are not among them.
 */
public sealed interface Signal {

  /**
   * A logical batch started, or started again.
   *
   * @param samples its samples
   * @param headroomBytes bytes that might still be allocated
   * @param mayTry whether sizes might be compared in it
   */
  record BatchBegan(int samples, OptionalLong headroomBytes, boolean mayTry) implements Signal {}

  /**
   * It was reckoned what batches in one piece take, whose loss is computed while all that the model
   * computed is alive.
   *
   * @param needsBytes what they take at least; empty if no more than their micro-batch
   * @param roomBytes what they may take
   */
  record WholeReckoned(OptionalLong needsBytes, long roomBytes) implements Signal {}

  /**
   * Batches are about to be compared with those in another precision, in which this size was found
   * to be fastest.
   *
   * @param samples samples of a micro-batch
   */
  record StartedWith(int samples) implements Signal {}

  /**
   * The memory was read between two micro-batches.
   *
   * @param headroomBytes bytes that might still be allocated
   */
  record HeadroomRead(OptionalLong headroomBytes) implements Signal {}

  /**
   * A micro-batch went through.
   *
   * @param samples its samples
   * @param growthBytes how far it raised allocated memory, if that was measured and believed
   * @param nanos its time; 0 where the controller does not look at times
   */
  record MicroBatchDone(int samples, OptionalLong growthBytes, long nanos) implements Signal {}

  /** A logical batch in which sizes may have been compared got through in {@code nanos}. */
  record BatchDone(long nanos) implements Signal {}

  /** Batches cannot be split: speed is not looked for from here on. */
  record SpeedGivenUp() implements Signal {}

  /**
   * A micro-batch ran out of memory.
   *
   * @param samples its samples
   * @param headroomBytes bytes that might have been allocated when it started
   */
  record RanOutOfMemory(int samples, OptionalLong headroomBytes) implements Signal {}

  /**
   * A logical batch was planned, before the choice of its precision.
   *
   * @param microBatch samples that memory allows in a micro-batch
   * @param wanted samples that it would have if memory were free
   */
  record BatchPlanned(int microBatch, int wanted) implements Signal {}

  /** Gradients in two precisions were compared. */
  record Compared(GradientAgreement agreement) implements Signal {}

  /** A comparison that was asked for could not be made, because of {@code why}. */
  record NotCompared(String why) implements Signal {}

  /** A logical batch got through, as the precision's controller sees it. */
  record BatchComputed(PrecisionObservation batch) implements Signal {}

  /** A lower precision gave values that are not finite. */
  record Overflowed() implements Signal {}

  /** The model cannot run in a precision, because of {@code why}. */
  record PrecisionRefused(String why) implements Signal {}

  /** The loader delivered a batch. */
  record Delivered(LoaderObservation delivery) implements Signal {}

  /** An update was made that says nothing of noise. */
  record Updated() implements Signal {}

  /**
   * An update was made from several batches.
   *
   * @param samples samples of each
   * @param batches batches
   * @param firstSquared squared length of the first batch's mean gradient
   * @param allSquared squared length of the mean gradient of all
   */
  record UpdatedFromSeveral(int samples, int batches, double firstSquared, double allSquared)
      implements Signal {}
}
