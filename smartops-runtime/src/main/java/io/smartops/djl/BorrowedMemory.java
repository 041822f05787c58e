package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Java memory that arrays stand on. An array that a block makes from Java values ({@code
 * manager.create(0.5f)}) does not own its memory: it borrows a direct buffer, to which only its
 * handle refers. Once the handle is closed the garbage collector frees the buffer, though a graph
 * may still need the values for its backward pass.
 *
 * <p>Whoever closes handles before the backward pass must therefore hold the buffers until after
 * it. DJL keeps the buffer in a private field of the array; where that cannot be read, the handles
 * must stay open.
 */
final class BorrowedMemory {
  private static final Logger LOGGER = LoggerFactory.getLogger(BorrowedMemory.class);
  private static final @Nullable Field BUFFER = bufferField();

  private BorrowedMemory() {}

  private static @Nullable Field bufferField() {
    try {
      Field field = PtNDArray.class.getDeclaredField("dataRef");
      field.setAccessible(true);
      return field;
    } catch (NoSuchFieldException | InaccessibleObjectException e) {
      LOGGER.warn(
          "The memory behind arrays cannot be seen ({}): a forward pass keeps all its handles until"
              + " its backward pass, as without SmartOps.",
          e.toString());
      return null;
    }
  }

  /** The buffer behind {@code array}; null if there is none, or it cannot be had. */
  static @Nullable Object behind(NDArray array) {
    return BUFFER == null ? null : bufferOf(array, BUFFER);
  }

  /** Whether {@code array} may stand on Java memory. */
  static boolean isBehind(NDArray array) {
    return BUFFER == null || bufferOf(array, BUFFER) != null;
  }

  /**
   * The buffers behind the arrays of {@code manager} and its children: to be held as long as their
   * values are needed. Empty if they cannot be had.
   */
  static Optional<List<Object>> of(NDManager manager) {
    if (BUFFER == null) {
      return Optional.empty();
    }
    List<Object> buffers = new ArrayList<>();
    for (NDArray array : manager.getManagedArrays()) {
      Object buffer = bufferOf(array, BUFFER);
      if (buffer != null) {
        buffers.add(buffer);
      }
    }
    return Optional.of(buffers);
  }

  private static @Nullable Object bufferOf(NDArray array, Field field) {
    try {
      return array instanceof PtNDArray ? field.get(array) : null;
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e); // made accessible above
    }
  }
}
