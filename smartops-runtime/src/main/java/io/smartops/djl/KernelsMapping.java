package io.smartops.djl;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;

/**
 * What libtorch's copy of oneDNN keeps of the kernels that it made, and what it knows of the
 * processor: symbols that are not exported, so they are given by their values in the library's
 * symbol table. {@code dlinfo} of the GNU C library tells where the library and the calling
 * thread's variables are. A missing function or library throws {@link UnsatisfiedLinkError}.
 * Stateless after construction and thread-safe.
 */
final class KernelsMapping {
  private static final int RTLD_LAZY = 1;
  private static final int RTLD_NOLOAD = 4;
  private static final int RTLD_DI_LINKMAP = 2;
  private static final int RTLD_DI_TLS_DATA = 10;

  /** Where {@code Xbyak::util::Cpu} (oneDNN 3.7) has its numbers of four bytes. */
  private static final int CACHE_BYTES = 28;

  private static final int CACHE_LEVELS = 108;
  private static final int MOST_LEVELS = 10;

  private final Function dlinfo;
  private final Pointer handle;
  private final Function setCapacity;
  private final long errorOffset;
  private final Function processor;

  /**
   * @param library path by which the library was loaded
   * @param setCapacity value of {@code dnnl_set_primitive_cache_capacity}
   * @param errorOffset value of the assembler's thread-local error
   * @param processor value of the function that returns what is known of the processor
   */
  KernelsMapping(String library, long setCapacity, long errorOffset, long processor) {
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
    // struct link_map begins with what is added to the file's addresses.
    long base = info(RTLD_DI_LINKMAP).getLong(0);
    this.setCapacity = Function.getFunction(new Pointer(base + setCapacity));
    this.errorOffset = errorOffset;
    this.processor = Function.getFunction(new Pointer(base + processor));
  }

  /** Bytes of the data caches by which kernels are planned, the first level first. */
  int[] dataCaches() {
    Pointer known = processor.invokePointer(new Object[0]);
    int levels = known.getInt(CACHE_LEVELS);
    return levels < 0 || levels > MOST_LEVELS ? new int[0] : known.getIntArray(CACHE_BYTES, levels);
  }

  /** Sets them; where there are none, oneDNN supposes 32 KiB, 512 KiB and 1 MiB. */
  void setDataCaches(int... bytes) {
    Pointer known = processor.invokePointer(new Object[0]);
    known.write(CACHE_BYTES, bytes, 0, bytes.length);
    known.setInt(CACHE_LEVELS, bytes.length);
  }

  /** How many kernels are kept; the oldest go. */
  void setCapacity(int kernels) {
    setCapacity.invokeInt(new Object[] {kernels});
  }

  /** Sets the calling thread's error; a thread that never used the library has none. */
  void setError(int error) {
    Pointer variables = info(RTLD_DI_TLS_DATA);
    if (variables != null) {
      variables.setInt(errorOffset, error);
    }
  }

  private Pointer info(int request) {
    PointerByReference info = new PointerByReference();
    if (dlinfo.invokeInt(new Object[] {handle, request, info}) != 0) {
      throw new UnsatisfiedLinkError("dlinfo does not know libtorch");
    }
    return info.getValue();
  }
}
