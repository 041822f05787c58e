package io.smartops.control;

import io.smartops.control.MemoryExperience.Level;
import java.util.Optional;

/**
 * What a run has learnt of the memory that training takes, for the next one of the same model.
 *
 * @param microBatches what micro-batches take
 * @param loss what a loss takes by itself that is computed on the predictions of so many samples;
 *     empty if none was measured
 */
public record LearntMemory(MemoryExperience microBatches, Optional<Level> loss) {

  /** Nothing is known. */
  public static final LearntMemory NONE = new LearntMemory(MemoryExperience.NONE, Optional.empty());
}
