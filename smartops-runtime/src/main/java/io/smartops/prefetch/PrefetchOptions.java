package io.smartops.prefetch;

/**
 * What is fixed for the life of an engine.
 *
 * @param capBytes the most memory that running and ready items may hold together
 * @param exclusive whether at most one task may run at a time, whatever the number of workers
 * @param threadName prefix of the workers' names
 * @param onThreadStart runs first on each worker
 */
public record PrefetchOptions(
    long capBytes, boolean exclusive, String threadName, Runnable onThreadStart) {

  /** Options whose workers need no preparation. */
  public PrefetchOptions(long capBytes, boolean exclusive, String threadName) {
    this(capBytes, exclusive, threadName, () -> {});
  }

  public PrefetchOptions {
    if (capBytes < 1) {
      throw new IllegalArgumentException("capBytes must be at least 1, but is " + capBytes);
    }
  }
}
