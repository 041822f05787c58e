package io.smartops.djl;

import ai.djl.training.tracker.Tracker;
import com.sun.jna.Library;
import com.sun.jna.Native;
import io.smartops.OutOfMemoryEvent;
import io.smartops.SmartOpsListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The process's address space, whose limit is set right before each native update, until memory has
 * run out once in the step: by the learning rate, which an optimizer asks for there.
 */
final class AddressSpace implements Tracker, SmartOpsListener {
  private static final int RLIMIT_AS = 9;
  private static final long PAGE_BYTES = 4096;

  /** Six arrays of a slice's size: somewhat more than what an update holds at a time. */
  private static final int MOST_HEADROOM_PAGES = 6 * 64;

  /** Smaller than what is to fail, larger than all else that is allocated meanwhile. */
  private static final long BLOCK_BYTES = 1 << 16;

  private static final Limits LIMITS = Native.load("c", Limits.class);

  /** The C library's limits. */
  public interface Limits extends Library {
    int getrlimit(int resource, long[] softAndHard);

    int setrlimit(int resource, long[] softAndHard);
  }

  private final boolean isSqueezed;
  private final long[] before = new long[2];
  private final Random random = new Random(20261128);
  private final List<Long> blocks = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private boolean mayFail;

  AddressSpace(boolean isSqueezed) {
    this.isSqueezed = isSqueezed;
    check(LIMITS.getrlimit(RLIMIT_AS, before));
  }

  /** Memory may run out once more. */
  void nextStep() {
    mayFail = isSqueezed;
  }

  @Override
  public float getNewValue(int count) {
    lift();
    if (mayFail) {
      squeeze(random.nextInt(MOST_HEADROOM_PAGES) * PAGE_BYTES);
    }
    return 0.01f / count;
  }

  /** Uses up what the C library's heap has left, so that large blocks must be mapped. */
  private void squeeze(long headroomBytes) {
    long mapped = mappedBytes();
    limit(mapped);
    long block = Native.malloc(BLOCK_BYTES);
    while (block != 0) {
      blocks.add(block);
      block = Native.malloc(BLOCK_BYTES);
    }
    limit(mapped + headroomBytes);
  }

  private static long mappedBytes() {
    try {
      String statm = Files.readString(Path.of("/proc/self/statm"));
      return Long.parseLong(statm.substring(0, statm.indexOf(' '))) * PAGE_BYTES;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void limit(long bytes) {
    check(LIMITS.setrlimit(RLIMIT_AS, new long[] {bytes, before[1]}));
  }

  /** Sets the limit back to what it was. */
  void lift() {
    limit(before[0]);
    blocks.forEach(Native::free);
    blocks.clear();
  }

  @Override
  public void onOutOfMemory(OutOfMemoryEvent event) {
    lift();
    failures.add(event.message());
    mayFail = false;
  }

  /** How often so many bytes could not be allocated. */
  long failures(int bytes) {
    return failures.stream().filter(m -> m.contains("allocate " + bytes + " bytes")).count();
  }

  private static void check(int result) {
    if (result != 0) {
      throw new IllegalStateException("the limit of the address space cannot be read or set");
    }
  }
}
