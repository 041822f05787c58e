package io.smartops.prefetch;

/**
 * The engine at one moment.
 *
 * @param settings the settings in force
 * @param threads worker threads alive
 * @param outstanding items drawn from the source and not yet delivered
 * @param running items being built
 * @param ready items built and waiting
 * @param usedBytes memory accounted to running and ready items
 * @param peakBytes the most that {@code usedBytes} has been
 * @param capBytes the cap on {@code usedBytes}
 * @param preempted builds that were given up to make room for an earlier item
 * @param oversized items that needed more than the cap, and were built with nothing else held
 */
public record PrefetchStatus(
    PrefetchSettings settings,
    int threads,
    int outstanding,
    int running,
    int ready,
    long usedBytes,
    long peakBytes,
    long capBytes,
    long preempted,
    long oversized) {}
