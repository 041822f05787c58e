package io.smartops.prefetch;

/**
 * Builds one item. A task may be run more than once: when memory runs short its product, or the
 * half-built work, is given up and built again later.
 *
 * @param <T> the kind of item
 */
@FunctionalInterface
public interface PrefetchTask<T> {

  /**
   * Builds the item on the calling thread.
   *
   * @param hold where the task states the memory it needs before it takes it
   * @return the item
   * @throws Exception whatever went wrong; the task must have freed what it held
   */
  T build(MemoryHold hold) throws Exception;

  /**
   * Takes part in builds that other threads have begun, this one's or those beside it, as long as
   * there is anything to do. Called on a worker that has nothing to build; must not throw.
   *
   * @return whether there was
   */
  default boolean help() {
    return false;
  }
}
