package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One update of a parameter by one of DJL's optimizers, slice by slice; a small parameter is one
 * slice. What a slice's native call changes is copied before it and put back if it fails, so the
 * update can be repeated: it goes on with the slice that failed. Copies and the update's own
 * temporaries are as large as a slice, not as the parameter. The gradient is left as it is.
 *
 * <p>The updates of {@code Sgd}, {@code Adam} and {@code AdamW} treat each element by itself, so
 * slices give the same bits as the whole. The optimizer is handed {@link #front}, a parameter whose
 * engine-internal operations are ours.
 *
 * <p>Not thread-safe.
 */
final class SlicedUpdate {
  /** Bytes of a slice: with gradient, moments, copies and temporaries it stays in the caches. */
  static final long SLICE_BYTES = 1 << 18;

  /** The same on a GPU, where each slice costs a dozen launches. */
  static final long SLICE_BYTES_ON_GPU = 1 << 24;

  private final PtNDArray weight;
  private final NDManager manager;
  private final Undo undo;
  private final Runnable changed;
  private final int axis;
  private final long length;
  private final long sliceLength;
  private long done;

  /**
   * An update that has not begun.
   *
   * @param weight the parameter
   * @param manager parent of what is copied
   * @param undo makes the copies
   * @param changed called when a native call has changed a slice
   */
  SlicedUpdate(NDArray weight, NDManager manager, Undo undo, Runnable changed) {
    this.weight = Tensors.pt(weight);
    this.manager = manager;
    this.undo = undo;
    this.changed = changed;
    long limit = weight.getDevice().isGpu() ? SLICE_BYTES_ON_GPU : SLICE_BYTES;
    long bytes = Tensors.bytes(weight);
    if (bytes <= limit) {
      this.axis = 0;
      this.length = 1;
      this.sliceLength = 1;
    } else {
      this.axis = axis(weight.getShape());
      this.length = weight.getShape().get(axis);
      this.sliceLength = Math.max(1, limit / (bytes / length));
    }
  }

  /** The first axis, whose slices lie together, unless it has one element only. */
  private static int axis(Shape shape) {
    int axis = 0;
    while (shape.get(axis) == 1 && axis < shape.dimension() - 1) {
      axis++;
    }
    return axis;
  }

  /** Whether all slices are updated. */
  boolean isDone() {
    return done == length;
  }

  /** The parameter for {@code Optimizer.update}; what is done already is passed over. */
  NDArray front() {
    return Fronts.of(
        NDArray.class,
        (front, method, arguments) ->
            method.getName().equals("getNDArrayInternal")
                ? Fronts.of(NDArrayEx.class, this::operate)
                : Fronts.call(weight, method, arguments));
  }

  private @Nullable Object operate(Object front, Method method, Object @Nullable [] arguments) {
    if (arguments != null && method.getName().equals("adamUpdate")) {
      adam(arguments);
    } else if (arguments != null && method.getName().equals("sgdUpdate")) {
      sgd(arguments);
    } else {
      throw new UnsupportedOperationException(method.getName());
    }
    return null;
  }

  /** Arguments: see {@link NDArrayEx#adamUpdate}. */
  private void adam(Object[] arguments) {
    NDList inputs = (NDList) arguments[0];
    update(
        List.of(weight, Tensors.pt(inputs.get(2)), Tensors.pt(inputs.get(3))),
        Tensors.pt(inputs.get(1)),
        (slices, gradient) ->
            JniUtils.adamUpdate(
                slices.get(0),
                gradient,
                slices.get(1),
                slices.get(2),
                (float) arguments[2],
                (float) arguments[3],
                (float) arguments[4],
                (float) arguments[5],
                (float) arguments[6],
                (float) arguments[7],
                (float) arguments[8],
                (float) arguments[9],
                (boolean) arguments[11]));
  }

  /** Arguments: see {@link NDArrayEx#sgdUpdate}. */
  private void sgd(Object[] arguments) {
    NDList inputs = (NDList) arguments[0];
    float momentum = (float) arguments[6];
    List<PtNDArray> changing =
        momentum == 0 ? List.of(weight) : List.of(weight, Tensors.pt(inputs.get(2)));
    update(
        changing,
        Tensors.pt(inputs.get(1)),
        (slices, gradient) ->
            JniUtils.sgdUpdate(
                slices.get(0),
                gradient,
                momentum == 0 ? null : slices.get(1),
                (float) arguments[2],
                (float) arguments[3],
                (float) arguments[4],
                (float) arguments[5],
                momentum));
  }

  /** The native update of what it changes, by a gradient. */
  private interface NativeUpdate {
    void of(List<PtNDArray> changing, PtNDArray gradient);
  }

  private void update(List<PtNDArray> changing, PtNDArray gradient, NativeUpdate update) {
    Tensors.withoutGraph(
        () -> {
          while (!isDone()) {
            long end = Math.min(done + sliceLength, length);
            updateSlice(changing, gradient, end, update);
            done = end;
          }
          return weight;
        });
  }

  private void updateSlice(
      List<PtNDArray> changing, PtNDArray gradient, long end, NativeUpdate update) {
    try (NDManager scope = manager.newSubManager(weight.getDevice())) {
      List<PtNDArray> slices = new ArrayList<>(changing.size());
      for (PtNDArray array : changing) {
        slices.add(slice(array, end, scope));
      }
      PtNDArray gradientSlice = slice(gradient, end, scope);
      undo.save(slices, scope);
      try {
        update.of(slices, gradientSlice);
        changed.run();
      } catch (Throwable t) {
        undo.restore();
        throw t;
      }
    }
  }

  private PtNDArray slice(PtNDArray array, long end, NDManager scope) {
    if (sliceLength == length) {
      return array;
    }
    PtNDArray slice = JniUtils.slice(array, axis, done, end, 1);
    slice.attach(scope);
    return slice;
  }
}
