package io.smartops.telemetry;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;

/**
 * The calls of the GNU C library that report on its memory allocator. Symbols are looked up in the
 * running process, where the allocator that everyone uses is found; a missing one throws {@link
 * UnsatisfiedLinkError}. Stateless after construction and thread-safe.
 */
final class GlibcMapping {
  /** Parameters of {@code malloc.h}. */
  static final int M_TRIM_THRESHOLD = -1;

  static final int M_TOP_PAD = -2;

  static final int M_MMAP_THRESHOLD = -3;

  private static final Object[] NO_ARGUMENTS = {};
  private static final Object[] KEEP_NOTHING = {0L};

  private final Function mallinfo2;
  private final Function mallocTrim;
  private final Function mallopt;

  GlibcMapping() {
    NativeLibrary process = NativeLibrary.getProcess();
    mallinfo2 = process.getFunction("mallinfo2");
    mallopt = process.getFunction("mallopt");
    mallocTrim = process.getFunction("malloc_trim");
  }

  /** {@code struct mallinfo2} of {@code malloc.h}; since glibc 2.33. */
  @FieldOrder({
    "arena",
    "ordblks",
    "smblks",
    "hblks",
    "hblkhd",
    "usmblks",
    "fsmblks",
    "uordblks",
    "fordblks",
    "keepcost"
  })
  public static class MallInfo2 extends Structure implements Structure.ByValue {
    public long arena;
    public long ordblks;
    public long smblks;
    public long hblks;
    public long hblkhd;
    public long usmblks;
    public long fsmblks;
    public long uordblks;
    public long fordblks;
    public long keepcost;
  }

  MallInfo2 mallinfo2() {
    return (MallInfo2) mallinfo2.invoke(MallInfo2.class, NO_ARGUMENTS);
  }

  /** Returns free pages of every arena to the system; true if there were any. */
  boolean mallocTrim() {
    return mallocTrim.invokeInt(KEEP_NOTHING) != 0;
  }

  void mallopt(int parameter, int value) {
    mallopt.invokeInt(new Object[] {parameter, value});
  }

  /** Address of {@code bytes} fresh bytes from the process's {@code malloc}; 0 if it has none. */
  static long malloc(long bytes) {
    return Native.malloc(bytes);
  }

  /** Gives an address from {@link #malloc} back. */
  static void free(long address) {
    Native.free(address);
  }
}
