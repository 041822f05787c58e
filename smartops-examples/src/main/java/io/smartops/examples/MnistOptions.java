package io.smartops.examples;

import io.smartops.PrecisionPolicy;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the MNIST job is asked to do.
 *
 * @param epochs passes over the training digits
 * @param batchSize the logical batch
 * @param memoryLimit the most memory that the process may hold
 * @param microBatch a fixed micro-batch; empty lets the runtime choose
 * @param precision the arithmetic that the runtime may use
 * @param data a folder with the official files; empty means the bundled digits
 * @param saveTo the folder that receives the trained model
 * @param seed of the parameters and of the order of the digits
 * @param plain whether to run on DJL alone
 */
record MnistOptions(
    int epochs,
    int batchSize,
    ByteSize memoryLimit,
    OptionalInt microBatch,
    PrecisionPolicy precision,
    Optional<Path> data,
    Path saveTo,
    int seed,
    boolean plain) {}
