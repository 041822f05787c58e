package io.smartops;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * One logical step, after its optimizer update.
 *
 * @param step logical step, counted from 1
 * @param samples samples that contributed to it, over all devices and accumulated batches
 * @param microBatch samples in its largest micro-batch
 * @param microBatches number of micro-batches that it took; 1 where no batch was split
 * @param nanos wall-clock time since the previous step ended, in nanoseconds
 * @param outsideNanos the part of {@code nanos} before the step's gradient collector was opened:
 *     fetching data, validation, the user's own code
 * @param usedBytes memory of the process, as last read in the step
 * @param limitBytes the memory limit in force
 * @param predictedBytes the peak of the process's memory that the plan of the latest micro-batch
 *     expected, margins included
 * @param loss the loss of a batch of this step; present now and then only, since reading it makes
 *     the training thread wait for the device
 * @param precision arithmetic of the model's forward and backward pass
 * @param skipped whether the update was left out because gradients were not finite
 * @param loader settings of the adaptive loader, if one feeds the run
 * @param dataWaitNanos time that the training thread waited for data since the previous step
 */
public record StepReport(
    long step,
    long samples,
    int microBatch,
    int microBatches,
    long nanos,
    long outsideNanos,
    OptionalLong usedBytes,
    OptionalLong limitBytes,
    OptionalLong predictedBytes,
    OptionalDouble loss,
    String precision,
    boolean skipped,
    Optional<LoaderState> loader,
    long dataWaitNanos) {}
