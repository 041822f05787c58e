package io.smartops.djl;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.smartops.SmartOpsException;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of a few arrays, to be put back after a failure. On the CPU they are made by Java, into
 * memory that is kept for the next copies: that takes a fifth of the time that libtorch takes for a
 * small copy, and putting it back needs no memory. Elsewhere libtorch makes them: on a GPU, of an
 * array that does not lie in one piece, of one that is larger than the memory kept.
 *
 * <p>Not thread-safe.
 */
final class Undo {
  private static final Logger LOGGER = LoggerFactory.getLogger(Undo.class);

  private static final @Nullable Contiguity CONTIGUITY = contiguity();

  private final int keptBytes;
  private final List<byte[]> kept = new ArrayList<>();
  private final List<Runnable> restores = new ArrayList<>();

  /**
   * Without copies yet.
   *
   * @param keptBytes size of the largest array whose copy is made in memory that is kept
   */
  Undo(int keptBytes) {
    this.keptBytes = keptBytes;
  }

  /**
   * Copies arrays, which stay open until they are put back or others are copied.
   *
   * @param scope holds what libtorch copies
   */
  void save(List<PtNDArray> arrays, NDManager scope) {
    restores.clear();
    for (PtNDArray array : arrays) {
      restores.add(liesPlain(array) ? saveMemory(array) : saveArray(array, scope));
    }
  }

  /**
   * Puts everything back that was copied last.
   *
   * @throws SmartOpsException if libtorch cannot
   */
  void restore() {
    try {
      restores.forEach(Runnable::run);
    } catch (EngineException e) {
      throw new SmartOpsException(
          "what a failed update of the optimizer had changed could not be put back: go back to a"
              + " saved model",
          e);
    }
  }

  private Runnable saveMemory(PtNDArray array) {
    int index = restores.size();
    while (kept.size() <= index) {
      kept.add(new byte[keptBytes]);
    }
    byte[] copy = kept.get(index);
    ByteBuffer memory = JniUtils.getByteBuffer(array, true);
    int bytes = memory.capacity();
    memory.get(0, copy, 0, bytes);
    return () -> memory.put(0, copy, 0, bytes);
  }

  private static Runnable saveArray(PtNDArray array, NDManager scope) {
    NDArray copy = array.duplicate();
    copy.attach(scope);
    return () -> Tensors.overwrite(array, copy);
  }

  private boolean liesPlain(PtNDArray array) {
    long bytes = Tensors.bytes(array);
    return bytes > 0
        && bytes <= keptBytes
        && array.getDevice().equals(Device.cpu())
        && CONTIGUITY != null
        && CONTIGUITY.of(array);
  }

  private static @Nullable Contiguity contiguity() {
    try {
      Class<?> library = Class.forName("ai.djl.pytorch.jni.PyTorchLibrary");
      Field instance = library.getDeclaredField("LIB");
      instance.setAccessible(true);
      Method question = library.getDeclaredMethod("torchIsContiguous", long.class);
      question.setAccessible(true);
      return new Contiguity(instance.get(null), question);
    } catch (ReflectiveOperationException | InaccessibleObjectException e) {
      LOGGER.warn("DJL cannot be asked whether arrays lie in one piece: copies take longer.", e);
      return null;
    }
  }

  /**
   * Whether an array lies in one piece. DJL's native part can say so, but its Java part only copies
   * the array if it does not.
   */
  private record Contiguity(Object library, Method question) {
    boolean of(PtNDArray array) {
      try {
        return (boolean) question.invoke(library, array.getHandle());
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e); // made accessible above; throws nothing itself
      }
    }
  }
}
