package io.smartops.prefetch;

import java.util.concurrent.Executor;

/**
 * What is fixed for the life of an engine.
 *
 * @param capBytes the most memory that running and ready items may hold together
 * @param exclusive whether at most one task may run at a time, whatever the number of workers
 * @param threads gives each worker a thread at once; a worker ends when it has rested for a while,
 *     and with the engine
 */
public record PrefetchOptions(long capBytes, boolean exclusive, Executor threads) {

  public PrefetchOptions {
    if (capBytes < 1) {
      throw new IllegalArgumentException("capBytes must be at least 1, but is " + capBytes);
    }
  }
}
