package io.smartops.benchmarks.compare;

import io.smartops.PrecisionPolicy;

/**
 * A static configuration, as an exhaustive search by hand would try it.
 *
 * @param microBatch samples that are computed together; gradients accumulate up to the logical
 *     batch
 * @param workers threads that load data; 0 means the training thread
 * @param depth batches that are loaded ahead
 * @param precision the arithmetic
 */
record Setting(int microBatch, int workers, int depth, PrecisionPolicy precision) {

  /** Short, for tables. */
  String describe() {
    String loader = workers == 0 ? "no loader threads" : workers + " × " + depth + " loading";
    return "%d, %s, %s".formatted(microBatch, loader, precision);
  }
}
