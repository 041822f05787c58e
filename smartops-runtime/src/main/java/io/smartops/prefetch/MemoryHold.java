package io.smartops.prefetch;

/** Where a running task states the memory that it needs. */
@FunctionalInterface
public interface MemoryHold {

  /**
   * States the task's whole need from now on, and waits until it fits under the cap. Costs nothing
   * while the need stays within what the task has stated before.
   *
   * @param totalBytes all that the task holds, what it is about to allocate included
   * @throws InterruptedException if the thread is interrupted while it waits
   * @throws BuildPreemptedException if the work must be given up; free everything and let it pass
   */
  void hold(long totalBytes) throws InterruptedException;
}
