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
 * Copies of a few arrays, to be put back after a failure. On the CPU they lie in Java memory that
 * is kept for the next copies, so that neither copying nor putting back needs more than a handle.
 * Small ones are made by Java: that takes a fifth of the time that libtorch takes. Larger ones are
 * made by libtorch, with the threads that will update the array, so that each has its part in its
 * cache by then: where cores have caches of their own, Java's copies made an update of 1.3 million
 * values half as slow again. On a GPU, and of an array that does not lie in one piece or is larger
 * than the memory kept, libtorch makes a copy of its own.
 *
 * <p>Not thread-safe.
 */
final class Undo {
  /** Up to here libtorch copies with one thread: 32,768 values. */
  static final int ONE_THREAD_BYTES = 1 << 17;

  private static final Logger LOGGER = LoggerFactory.getLogger(Undo.class);

  private static final @Nullable Contiguity CONTIGUITY = contiguity();

  /** Adam changes a parameter and two moments. */
  private static final int MOST_ARRAYS = 3;

  private final int keptBytes;
  private final List<ByteBuffer> kept = new ArrayList<>();
  private final List<Runnable> restores = new ArrayList<>();

  /**
   * Without copies yet. Takes the memory for them now, while there is some.
   *
   * @param keptBytes size of the largest array whose copy is made in memory that is kept
   */
  Undo(int keptBytes) {
    this.keptBytes = keptBytes;
    for (int i = 0; i < MOST_ARRAYS; i++) {
      kept.add(ByteBuffer.allocateDirect(keptBytes));
    }
  }

  /**
   * Copies arrays, which stay open until they are put back or others are copied.
   *
   * @param scope holds what libtorch copies
   */
  void save(List<PtNDArray> arrays, NDManager scope) {
    restores.clear();
    for (PtNDArray array : arrays) {
      restores.add(liesPlain(array) ? saveMemory(array, scope) : saveArray(array, scope));
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

  private Runnable saveMemory(PtNDArray array, NDManager scope) {
    ByteBuffer memory = JniUtils.getByteBuffer(array, true);
    int bytes = memory.capacity();
    ByteBuffer copy = kept.get(restores.size());
    if (bytes <= ONE_THREAD_BYTES) {
      copy.put(0, memory, 0, bytes);
    } else {
      copyTogether(array, copy.slice(0, bytes), scope);
    }
    return () -> memory.put(0, copy, 0, bytes);
  }

  /** Copies by libtorch's threads; an array made on a direct buffer stands on that buffer. */
  private static void copyTogether(PtNDArray array, ByteBuffer copy, NDManager scope) {
    try (NDArray target = scope.create(copy, array.getShape(), array.getDataType())) {
      long[] from = {0};
      long[] to = {array.getShape().get(0)};
      long[] step = {1};
      JniUtils.indexSet(Tensors.pt(target), array, from, to, step);
    }
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
        && restores.size() < kept.size()
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
