package io.smartops.benchmarks.loader;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.RandomAccessDataset;
import java.util.function.BiFunction;

/**
 * One condition of the comparison.
 *
 * @param name what is compared
 * @param stepNanos how long the accelerator is busy with a batch; the training thread sleeps
 *     meanwhile
 * @param capBytes the loader's byte cap
 * @param dataset makes the dataset; the number is DJL's prefetch setting
 */
record LoaderScenario(
    String name,
    long stepNanos,
    long capBytes,
    BiFunction<NDManager, Integer, RandomAccessDataset> dataset) {}
