package io.smartops.telemetry;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Resident memory that the native allocator has got back from its callers and keeps: the next
 * request takes it without the process growing.
 *
 * <p>The allocator's own figure ({@code fordblks}) also counts pages that it has returned to the
 * system, so it is only an upper bound. What is resident for no other reason is the better one:
 *
 * <p>{@code retained = min(fordblks, (anonymous − allocated − Java) − the same at the first
 * reading)}, at least 0
 *
 * <p>where <i>Java</i> is what the virtual machine has committed for heap, classes and code. Pages
 * of files (code of shared libraries) are not anonymous: they come in as code runs, and are no room
 * for tensors. What was free at the first reading is not counted, since what the virtual machine
 * holds besides cannot be told from it.
 *
 * <p>Not thread-safe.
 */
final class RetainedMemory {
  private final MemoryMXBean java = ManagementFactory.getMemoryMXBean();
  private @Nullable Long unexplainedAtFirst;

  /** The retained bytes; absent where one of the readings is. */
  OptionalLong bytes(OptionalLong anonymousBytes, NativeAllocator.@Nullable Heap heap) {
    if (anonymousBytes.isEmpty() || heap == null) {
      return OptionalLong.empty();
    }
    long unexplained = anonymousBytes.getAsLong() - heap.allocatedBytes() - javaBytes();
    if (unexplainedAtFirst == null) {
      unexplainedAtFirst = unexplained;
    }
    long grown = unexplained - unexplainedAtFirst;
    return OptionalLong.of(Math.max(0, Math.min(heap.reusableBytes(), grown)));
  }

  private long javaBytes() {
    return java.getHeapMemoryUsage().getCommitted() + java.getNonHeapMemoryUsage().getCommitted();
  }
}
