package io.smartops.prefetch;

/**
 * Where a running task states the memory that it needs.
 *
 * <p>{@link #hold} is for one thread of the task, {@link #holdIfRoom} for any.
 */
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

  /**
   * States the task's whole need from now on if it fits under the cap at once.
   *
   * @param totalBytes as in {@link #hold}
   * @return whether it does; if not, nothing has changed
   */
  boolean holdIfRoom(long totalBytes);
}
