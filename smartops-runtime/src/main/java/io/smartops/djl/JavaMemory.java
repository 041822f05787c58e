package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import org.jspecify.annotations.Nullable;

/**
 * Tells arrays whose values lie in a Java buffer: on the CPU, what {@code manager.create(values)}
 * makes is a view of a direct buffer, which lives as long as the array's Java object is open.
 * libtorch knows nothing of it: a graph that has saved such an array for its backward pass reads
 * freed memory once the array is closed and the buffer collected.
 */
final class JavaMemory {
  private static final @Nullable Field BUFFER = buffer();

  private JavaMemory() {}

  /** Whether {@code array} must stay open for as long as anything native refers to it. */
  static boolean backs(NDArray array) {
    try {
      return BUFFER == null || BUFFER.get(array) != null;
    } catch (IllegalAccessException e) {
      return true;
    }
  }

  private static @Nullable Field buffer() {
    try {
      Field buffer = PtNDArray.class.getDeclaredField("dataRef");
      buffer.setAccessible(true);
      return buffer;
    } catch (NoSuchFieldException | InaccessibleObjectException e) {
      return null; // then every array may be one
    }
  }
}
