package io.smartops.djl;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.util.Optional;

/**
 * The memory into which MKL packs the matrices of products in float32. It keeps 3 to 5 MB for each
 * thread that ever ran one and each shape of packing, and does not take those of a thread that has
 * ended back: 29 MB after a network of two convolutions was compared in float32 with one and with
 * two threads, for the rest of a run in bfloat16.
 *
 * <p>Source: {@code mkl_free_buffers} of the oneMKL developer reference. It takes MKL's own locks,
 * and buffers that a running product uses stay. Where libtorch has no MKL (other processors)
 * nothing is done. Thread-safe.
 */
final class MklMapping {
  private static final String FREE = "mkl_serv_free_buffers";

  private MklMapping() {}

  /**
   * Frees all that no product is using; the next ones take them anew.
   *
   * @return whether libtorch multiplies with MKL
   */
  static boolean free() {
    Library.FREE_BUFFERS.ifPresent(function -> function.invokeVoid(new Object[0]));
    return Library.FREE_BUFFERS.isPresent();
  }

  /** Looked up once, when memory is short: the engine is loaded by then. */
  private static final class Library {
    static final Optional<Function> FREE_BUFFERS = find();

    private static Optional<Function> find() {
      try {
        return Optional.of(
            NativeLibrary.getInstance(Libtorch.cpuLibrary().toString()).getFunction(FREE));
      } catch (UnsatisfiedLinkError absent) {
        return Optional.empty();
      }
    }
  }
}
