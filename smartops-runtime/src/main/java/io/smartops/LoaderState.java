package io.smartops;

/**
 * The settings of the data loader in force.
 *
 * @param workers threads that build batches
 * @param depth batches that are built ahead
 */
public record LoaderState(int workers, int depth) {}
