package io.smartops.djl;

import ai.djl.engine.EngineException;
import java.util.List;

/**
 * Tells an out-of-memory failure from every other one, by the text that the engine gives: DJL has
 * no type of its own for it.
 *
 * <p>Recognised: libtorch's CPU and CUDA allocators, cuBLAS and cuDNN without memory for a handle
 * or a workspace, oneDNN that cannot build a primitive (its only word for a failed allocation), the
 * C++ allocator, and the JVM where it gets no memory for a direct buffer, be it by its own limit or
 * by the system's. A full Java heap is not one of them: a smaller micro-batch would not empty it.
 * Nor is a sticky CUDA fault, whatever its text says next, nor a primitive that oneDNN cannot even
 * describe: it has no kernel for it on this processor.
 */
final class OutOfMemory {
  private static final List<String> ENGINE_MESSAGES =
      List.of(
          "DefaultCPUAllocator: can't allocate memory",
          "DefaultCPUAllocator: not enough memory",
          "CUDA out of memory",
          "CUDA error: out of memory",
          "CUBLAS_STATUS_ALLOC_FAILED",
          "CUDNN_STATUS_ALLOC_FAILED",
          "could not create a primitive",
          "std::bad_alloc");
  private static final List<String> BUFFER_MESSAGES =
      List.of("direct buffer memory", "Unable to allocate ");
  private static final List<String> OTHER_FAULTS =
      List.of(
          "could not create a primitive descriptor",
          "illegal memory access",
          "device-side assert",
          "unspecified launch failure");

  private OutOfMemory() {}

  /** Whether {@code failure} or one of its causes is an out-of-memory failure. */
  static boolean is(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof EngineException && isEngineMessage(message(t))) {
        return true;
      }
      if (t instanceof OutOfMemoryError && contains(message(t), BUFFER_MESSAGES)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isEngineMessage(String message) {
    return contains(message, ENGINE_MESSAGES) && !contains(message, OTHER_FAULTS);
  }

  private static boolean contains(String message, List<String> texts) {
    return texts.stream().anyMatch(message::contains);
  }

  private static String message(Throwable t) {
    return String.valueOf(t.getMessage());
  }
}
