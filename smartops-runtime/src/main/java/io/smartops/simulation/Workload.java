package io.smartops.simulation;

/**
 * What is trained.
 *
 * @param logicalBatch samples of a logical batch
 * @param flopsPerSample operations of a sample's forward and backward pass
 * @param denseShare share of the time in single precision that goes into dense arithmetic, whose
 *     speed follows the peak; the rest is bound by bandwidth and half as long in half precision
 * @param kernels operations started for one forward and backward pass
 * @param saturationSamples samples below which the device is not full, in single precision
 * @param bytesPerSample memory that a sample's activations take, in single precision
 * @param fixedBytes memory that any micro-batch takes
 * @param modelBytes parameters, gradients and optimizer state
 * @param cachedBytesPerSample bytes of a sample that are used again before the pass goes on
 * @param cliff relative loss of speed once these no longer fit into the cache
 * @param allowsHalf whether the model trains in {@link Arithmetic#HALF}
 */
public record Workload(
    int logicalBatch,
    double flopsPerSample,
    double denseShare,
    int kernels,
    double saturationSamples,
    double bytesPerSample,
    double fixedBytes,
    double modelBytes,
    double cachedBytesPerSample,
    double cliff,
    boolean allowsHalf) {}
