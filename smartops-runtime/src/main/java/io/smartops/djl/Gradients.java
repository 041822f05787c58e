package io.smartops.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.ParameterStore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The gradients of a model's trainable parameters on one device: saved before work that may fail,
 * put back when it did.
 *
 * <p>Gradients are zero after an optimizer step and stay so until the next backward pass, so a save
 * costs nothing but for those who accumulate several batches before a step.
 *
 * <p>Not thread-safe: belongs to its {@link Lane}'s lock.
 */
final class Gradients {
  /** Orders of a norm: the sum of magnitudes, and the root of the sum of squares. */
  private static final int MAGNITUDES = 1;

  private static final int EUCLIDEAN = 2;

  private final Block block;
  private final ParameterStore store;
  private final Device device;
  private final NDManager manager;
  private boolean zero = true;
  private @Nullable NDList parameters;

  Gradients(Block block, ParameterStore store, Device device, NDManager manager) {
    this.block = block;
    this.store = store;
    this.device = device;
    this.manager = manager;
  }

  /** What the gradients were; closing it frees the copy, if there is one. */
  static final class Saved implements AutoCloseable {
    private final @Nullable NDManager copies;
    private final NDList values;

    private Saved(@Nullable NDManager copies, NDList values) {
      this.copies = copies;
      this.values = values;
    }

    private boolean isZero() {
      return copies == null;
    }

    @Override
    public void close() {
      if (copies != null) {
        copies.close();
      }
    }
  }

  /** Saves the gradients; they are known to be zero where no backward pass came since a step. */
  Saved save() {
    return zero ? new Saved(null, new NDList()) : copy();
  }

  /**
   * Saves the gradients after a backward pass through a graph that this runtime does not know: it
   * may have reached parameters directly (a regulariser in the loss) or not.
   */
  Saved saveAfterForeignBackward() {
    boolean clean = zero && isAllZero();
    zero = clean;
    return save();
  }

  /** Puts back what was saved. */
  void restore(Saved saved) {
    if (saved.isZero()) {
      clear();
      return;
    }
    NDList arrays = parameters();
    for (int i = 0; i < arrays.size(); i++) {
      restore(arrays.get(i), saved.values.get(i));
    }
    zero = false;
  }

  private void restore(NDArray parameter, NDArray saved) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray gradient = Tensors.gradient(parameter, scope);
      if (gradient != null) {
        Tensors.overwrite(gradient, saved);
      }
    }
  }

  /** Sets every gradient to zero. */
  void clear() {
    parameters().forEach(Tensors::zeroGradient);
    zero = true;
  }

  /** Says that a backward pass through the model is about to add to the gradients. */
  void willChange() {
    zero = false;
  }

  /** Says that the optimizer has used the gradients and set them to zero. */
  void used() {
    zero = true;
    parameters = null;
  }

  /** Whether no backward pass came since the latest step. */
  boolean isUntouched() {
    return zero;
  }

  /**
   * Runs {@code work} as if the parameters were constants: graphs that it builds do not reach them.
   */
  <T> T frozen(Supplier<T> work) {
    parameters().forEach(p -> JniUtils.attachGradient(Tensors.pt(p), false));
    try {
      return work.get();
    } finally {
      parameters().forEach(p -> JniUtils.attachGradient(Tensors.pt(p), true));
    }
  }

  /** Whether every gradient is zero, looked up in the gradients themselves. */
  boolean isAllZero() {
    return total() == 0f;
  }

  /** The sum of all gradients' magnitudes. */
  private float total() {
    try (NDManager scope = manager.newSubManager()) {
      NDArray total = scope.zeros(new Shape());
      for (NDArray parameter : parameters()) {
        NDArray gradient = Tensors.gradient(parameter, scope);
        if (gradient != null) {
          total.addi(norm(gradient, MAGNITUDES));
        }
      }
      return total.getFloat();
    }
  }

  /** The sum of the squares of all gradients. */
  double squaredLength() {
    try (NDManager scope = manager.newSubManager()) {
      NDArray total = scope.zeros(new Shape());
      for (NDArray parameter : parameters()) {
        NDArray gradient = Tensors.gradient(parameter, scope);
        if (gradient != null) {
          total.addi(
              JniUtils.norm(Tensors.pt(gradient.flatten()), 2, new int[] {0}, false).square());
        }
      }
      return total.getFloat();
    }
  }

  /** Multiplies every gradient by {@code factor}; exactly, if it is a power of two. */
  void scale(float factor) {
    try (NDManager scope = manager.newSubManager()) {
      for (NDArray parameter : parameters()) {
        NDArray gradient = Tensors.gradient(parameter, scope);
        if (gradient != null) {
          Tensors.withoutGraph(() -> gradient.muli(factor));
        }
      }
    }
  }

  /** Whether every gradient is finite. */
  boolean areFinite() {
    return Float.isFinite(total());
  }

  /** Values that the trainable parameters have. */
  long parameterCount() {
    return parameters().stream().mapToLong(NDArray::size).sum();
  }

  /** The sum of all gradients' squares; takes no memory. */
  double squares() {
    double squares = 0;
    try (NDManager scope = manager.newSubManager()) {
      for (NDArray parameter : parameters()) {
        NDArray gradient = Tensors.gradient(parameter, scope);
        if (gradient != null) {
          double length = norm(gradient, EUCLIDEAN).getFloat();
          squares += length * length;
        }
      }
    }
    return squares;
  }

  private static NDArray norm(NDArray gradient, int order) {
    return JniUtils.norm(Tensors.pt(gradient.flatten()), order, new int[] {0}, false);
  }

  private Saved copy() {
    NDManager copies = manager.newSubManager();
    try {
      NDList values = new NDList();
      for (NDArray parameter : parameters()) {
        values.add(copyOfGradient(parameter, copies));
      }
      return new Saved(copies, values);
    } catch (Throwable t) {
      copies.close();
      throw t;
    }
  }

  private static NDArray copyOfGradient(NDArray parameter, NDManager copies) {
    NDArray gradient = Tensors.gradient(parameter, copies);
    if (gradient == null) {
      return copies.zeros(parameter.getShape(), parameter.getDataType());
    }
    NDArray copy = gradient.duplicate();
    gradient.close();
    return copy;
  }

  private NDList parameters() {
    if (parameters == null) {
      parameters = new NDList();
      for (Parameter parameter : block.getParameters().values()) {
        if (parameter.requiresGradient()) {
          NDArray value = store.getValue(parameter, device, true);
          WatchedResources.watch(value.getManager());
          parameters.add(value);
        }
      }
    }
    return parameters;
  }
}
