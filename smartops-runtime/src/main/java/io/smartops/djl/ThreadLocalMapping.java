package io.smartops.djl;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;

/**
 * A thread-local {@code int} of a library that is loaded: {@code dlinfo} of the GNU C library tells
 * where the calling thread's block of such variables begins. A missing function or library throws
 * {@link UnsatisfiedLinkError}. Stateless after construction and thread-safe.
 */
final class ThreadLocalMapping {
  private static final int RTLD_LAZY = 1;
  private static final int RTLD_NOLOAD = 4;
  private static final int RTLD_DI_TLS_DATA = 10;

  private final Function dlinfo;
  private final Pointer handle;
  private final long offset;

  /**
   * A variable.
   *
   * @param library path by which the library was loaded
   * @param offset bytes from the beginning of the library's block
   */
  ThreadLocalMapping(String library, long offset) {
    NativeLibrary process = NativeLibrary.getProcess();
    this.dlinfo = process.getFunction("dlinfo");
    Pointer loaded =
        process
            .getFunction("dlopen")
            .invokePointer(new Object[] {library, RTLD_LAZY | RTLD_NOLOAD});
    if (loaded == null) {
      throw new UnsatisfiedLinkError(library + " is not loaded");
    }
    this.handle = loaded;
    this.offset = offset;
  }

  /** Sets the calling thread's; a thread that never used the library has none, and needs none. */
  void set(int value) {
    PointerByReference block = new PointerByReference();
    int failed = dlinfo.invokeInt(new Object[] {handle, RTLD_DI_TLS_DATA, block});
    if (failed == 0 && block.getValue() != null) {
      block.getValue().setInt(offset, value);
    }
  }
}
