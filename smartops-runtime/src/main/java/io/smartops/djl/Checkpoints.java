package io.smartops.djl;

import io.smartops.OutOfMemoryEvent.Phase;

/**
 * Told before each phase of each micro-batch. Does nothing in use; tests make memory run out here.
 */
@FunctionalInterface
interface Checkpoints {
  /** The checkpoints of a trainer in use. */
  Checkpoints NONE = (phase, index) -> {};

  /**
   * Micro-batch (or parameter, in the optimizer's step) {@code index} is about to enter {@code
   * phase}.
   */
  void reach(Phase phase, int index);
}
