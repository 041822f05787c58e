package io.smartops.djl;

/**
 * One micro-batch of a logical batch.
 *
 * @param index its place, counted from 0
 * @param from its first sample
 * @param size its samples
 * @param seed the seed of its forward pass
 */
record Part(int index, int from, int size, long seed) {
  int to() {
    return from + size;
  }
}
