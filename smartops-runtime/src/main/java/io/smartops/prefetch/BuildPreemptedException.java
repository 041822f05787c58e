package io.smartops.prefetch;

/**
 * Tells a running task to free what it holds and return: its memory is needed by an earlier item,
 * or the engine is closing. It never reaches the consumer.
 */
public final class BuildPreemptedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BuildPreemptedException() {
    // Control flow, not a fault: no stack trace, and none is worth its cost.
    super("given up to free memory", null, false, false);
  }
}
