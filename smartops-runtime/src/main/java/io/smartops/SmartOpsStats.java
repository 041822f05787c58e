package io.smartops;

import io.smartops.control.Decision;
import io.smartops.control.Precision;
import java.util.List;
import java.util.OptionalLong;

/**
 * What a trainer has done so far: an immutable copy, taken when asked for.
 *
 * @param steps logical steps applied
 * @param samples samples trained on
 * @param microBatch the size of the largest micro-batch of the latest logical batch; 0 before the
 *     first
 * @param wholeBatches logical batches computed unsplit
 * @param fusedBatches logical batches computed as weighted micro-batch losses
 * @param twoPassBatches logical batches computed with a second forward pass
 * @param outOfMemoryErrors out-of-memory errors caught and replayed
 * @param skippedSteps steps that were not applied, since their gradients overflowed
 * @param precision the arithmetic of the latest logical batch
 * @param peakBytes the most memory that was seen at the sampling points
 * @param limitBytes the memory limit in force at the latest logical batch
 * @param decisions the latest changes of the plan, oldest first (at most 1,000 are kept)
 */
public record SmartOpsStats(
    long steps,
    long samples,
    int microBatch,
    long wholeBatches,
    long fusedBatches,
    long twoPassBatches,
    long outOfMemoryErrors,
    long skippedSteps,
    Precision precision,
    OptionalLong peakBytes,
    OptionalLong limitBytes,
    List<Decision> decisions) {}
