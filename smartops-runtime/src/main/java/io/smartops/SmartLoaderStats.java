package io.smartops;

import io.smartops.control.Decision;
import java.util.List;

/**
 * What a loader has done so far, over all its passes: an immutable copy, taken when asked for.
 *
 * @param batches batches delivered
 * @param workers workers setting in force
 * @param depth depth setting in force
 * @param bottleneck what bounds the loop, in words
 * @param peakBytes the most memory of batches that were built or being built ahead at once
 * @param capBytes the cap on it
 * @param preemptedBuilds builds that were given up to make room for an earlier batch
 * @param oversizedBatches batches that alone needed more than the cap
 * @param skippedRecords failing records that were left out
 * @param savedTransferBytes bytes that did not cross the link to the device, thanks to a narrower
 *     type
 * @param decisions the latest changes of a setting, oldest first (at most 1,000 are kept)
 */
public record SmartLoaderStats(
    long batches,
    int workers,
    int depth,
    String bottleneck,
    long peakBytes,
    long capBytes,
    long preemptedBuilds,
    long oversizedBatches,
    long skippedRecords,
    long savedTransferBytes,
    List<Decision> decisions) {}
