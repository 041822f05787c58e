package io.smartops;

import java.util.OptionalLong;

/**
 * One logical step, after its optimizer update.
 *
 * @param step logical step, counted from 1
 * @param samples samples that contributed to it, over all devices and accumulated batches
 * @param microBatch samples in its largest micro-batch
 * @param microBatches number of micro-batches that it took; 1 where no batch was split
 * @param nanos wall-clock time since the previous step ended, in nanoseconds
 * @param usedBytes memory of the process at the end of the step
 * @param limitBytes the memory limit in force
 */
public record StepReport(
    long step,
    long samples,
    int microBatch,
    int microBatches,
    long nanos,
    OptionalLong usedBytes,
    OptionalLong limitBytes) {}
