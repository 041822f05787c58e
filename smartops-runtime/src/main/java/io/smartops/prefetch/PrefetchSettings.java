package io.smartops.prefetch;

/**
 * What may be changed while the engine runs.
 *
 * @param workers threads that build ahead; with 0 the consumer builds each item itself
 * @param depth items that may be pending, under way or ready at once
 */
public record PrefetchSettings(int workers, int depth) {

  public PrefetchSettings {
    if (workers < 0) {
      throw new IllegalArgumentException("workers must be at least 0, but is " + workers);
    }
    if (depth < 1) {
      throw new IllegalArgumentException("depth must be at least 1, but is " + depth);
    }
  }
}
