package io.smartops.djl;

import io.smartops.control.Decision;
import io.smartops.loop.LoaderLoop;
import io.smartops.prefetch.PrefetchEngine;
import java.util.function.Consumer;

/**
 * What one pass works with.
 *
 * @param engine builds the batches
 * @param loop takes them from the engine and steers it
 * @param skips counts bad records
 * @param transfer moves batches to the device
 * @param threads sets libtorch's threads on the training thread
 * @param journal hears of every change of a setting
 */
record LoaderGear(
    PrefetchEngine<LoadedBatch> engine,
    LoaderLoop<LoadedBatch> loop,
    LoaderSkips skips,
    LoaderTransfer transfer,
    LoaderThreads threads,
    Consumer<Decision> journal) {}
