package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The Java memory under arrays that were made from Java values ({@code manager.create(0.5f)}). The
 * engine uses the buffer itself and makes no copy; only the array object keeps the buffer from
 * being garbage collected. A graph that saved such an array for its backward pass does not: once
 * the array is closed, the graph may compute with memory that is gone.
 *
 * <p>DJL has no access to the buffer, so it is had by reflection on the field that holds it.
 */
final class JavaMemory {
  private static final @Nullable Field BUFFER = bufferField();

  private JavaMemory() {}

  /**
   * The buffers under all arrays of {@code manager}: who holds the list keeps the memory. Empty if
   * they cannot be had; then the arrays must not be closed.
   */
  static Optional<List<Object>> under(NDManager manager) {
    if (BUFFER == null) {
      return Optional.empty();
    }
    List<Object> buffers = new ArrayList<>();
    try {
      for (NDArray array : manager.getManagedArrays()) {
        Object buffer = array instanceof PtNDArray ? BUFFER.get(array) : null;
        if (buffer != null) {
          buffers.add(Objects.requireNonNull(buffer));
        }
      }
    } catch (IllegalAccessException e) {
      return Optional.empty();
    }
    return Optional.of(buffers);
  }

  private static @Nullable Field bufferField() {
    try {
      Field field = PtNDArray.class.getDeclaredField("dataRef");
      field.setAccessible(true);
      return field;
    } catch (NoSuchFieldException | InaccessibleObjectException e) {
      return null;
    }
  }
}
