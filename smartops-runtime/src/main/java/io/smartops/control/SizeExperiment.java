package io.smartops.control;

/** Sizes that are run in some order to learn how fast they are. */
interface SizeExperiment {

  /**
   * Sizes of the logical batch that begins, in their order, each at least 1. What is left after
   * them is run as usual and tells nothing.
   */
  int[] layout();

  /** A micro-batch of the layout took {@code nanos}, in the layout's order. */
  void add(int size, long nanos);

  /** The logical batch at hand is over; all of it took {@code batchNanos}. */
  void batchDone(long batchNanos);

  /** Whether all is known. */
  boolean isOver();
}
