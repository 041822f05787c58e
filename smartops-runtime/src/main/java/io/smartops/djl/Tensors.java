package io.smartops.djl;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The few operations on arrays that DJL's public API has no word for, or says at length. */
final class Tensors {
  private static final NDIndex ALL = new NDIndex(":");
  private static final int IMAGE_DIMENSIONS = 4;

  private Tensors() {}

  /** The array as the engine's own type. */
  static PtNDArray pt(NDArray array) {
    return (PtNDArray) array;
  }

  /**
   * The same values, cut from the graph that made them, on {@code manager}; an array whose gradient
   * is asked for becomes a leaf that collects it.
   */
  static NDArray leaf(NDArray array, NDManager manager) {
    NDArray leaf = detached(array, manager);
    if (requiresGradient(array)) {
      leaf.setRequiresGradient(true);
    }
    return leaf;
  }

  /**
   * Whether a gradient with respect to {@code array} is asked for. DJL's {@code hasGradient} says
   * so of leaves only; what a graph has computed gives itself away by refusing to be a constant.
   */
  static boolean requiresGradient(NDArray array) {
    if (array.hasGradient()) {
      return true;
    }
    try {
      JniUtils.attachGradient(pt(array), false);
      return false;
    } catch (EngineException e) {
      return true;
    }
  }

  /** The same values, cut from the graph that made them, on {@code manager}; no copy. */
  static NDArray detached(NDArray array, NDManager manager) {
    NDArray detached = array.stopGradient();
    detached.attach(manager);
    detached.setName(array.getName());
    return detached;
  }

  static NDList leaves(NDList arrays, NDManager manager) {
    return map(arrays, a -> leaf(a, manager));
  }

  static NDList detached(NDList arrays, NDManager manager) {
    return map(arrays, a -> detached(a, manager));
  }

  /** The same values on {@code manager}, which stay when {@code arrays} are closed. */
  static NDList outliving(NDList arrays, NDManager manager) {
    return map(
        arrays,
        array -> {
          NDArray copy = BorrowedMemory.isBehind(array) ? array.duplicate() : array.stopGradient();
          copy.attach(manager);
          copy.setName(array.getName());
          return copy;
        });
  }

  /** Predictions to hand to a loss: cut from their graph; floating ones collect a gradient. */
  static NDList collectingLeaves(NDList outputs, NDManager manager) {
    NDList leaves = detached(outputs, manager);
    for (NDArray leaf : leaves) {
      if (leaf.getDataType().isFloating()) {
        leaf.setRequiresGradient(true);
      }
    }
    return leaves;
  }

  /** Rows {@code from} (included) to {@code to} (excluded) of {@code array}, on {@code manager}. */
  static NDArray rows(NDArray array, long from, long to, NDManager manager) {
    NDArray rows = array.get(new NDIndex().addSliceDim(from, to));
    rows.attach(manager);
    rows.setName(array.getName());
    return rows;
  }

  static NDList rows(NDList arrays, long from, long to, NDManager manager) {
    return map(arrays, a -> rows(a, from, to, manager));
  }

  /** Joins the parts of each array along the first dimension, onto {@code manager}. */
  static NDList concat(List<NDList> parts, NDManager manager) {
    NDList joined = new NDList();
    for (int i = 0; i < parts.get(0).size(); i++) {
      int index = i;
      NDList column = new NDList(parts.stream().map(p -> p.get(index)).toList());
      NDArray array = column.size() == 1 ? column.head() : NDArrays.concat(column, 0);
      array.attach(manager);
      array.setName(column.head().getName());
      joined.add(array);
    }
    return joined;
  }

  /** The product with a number, on {@code manager}. */
  static NDArray times(NDArray array, float factor, NDManager manager) {
    NDArray product = array.mul(factor);
    product.attach(manager);
    return product;
  }

  /** Whether all values are finite; true of null. */
  static boolean isFinite(@Nullable NDArray array) {
    if (array == null) {
      return true;
    }
    try (NDManager scope = array.getManager().newSubManager()) {
      return Float.isFinite(largest(array, scope));
    }
  }

  /** The sum of a loss's values. */
  static double total(NDArray loss) {
    if (loss.isScalar()) {
      return loss.toType(DataType.FLOAT32, false).getFloat();
    }
    try (NDArray sum = loss.sum()) {
      return total(sum);
    }
  }

  /** The gradient that {@code array} has collected, on {@code manager}; null if there is none. */
  static @Nullable NDArray gradient(NDArray array, NDManager manager) {
    if (!array.hasGradient()) {
      return null;
    }
    NDArray gradient = JniUtils.getGradient(pt(array));
    if (gradient != null) {
      gradient.attach(manager);
    }
    return gradient;
  }

  /** Sets the gradient that {@code array} has collected to zero. */
  static void zeroGradient(NDArray array) {
    JniUtils.zeroGrad(pt(array));
  }

  /** Backward from {@code root}, whose gradient is {@code gradient}; the graph is freed. */
  static void backward(NDArray root, NDArray gradient) {
    JniUtils.backward(pt(root), pt(gradient), false, false);
  }

  /** Bytes of the array's values. */
  static long bytes(NDArray array) {
    return array.size() * array.getDataType().getNumOfBytes();
  }

  /** Overwrites the values of {@code target} in place, whatever aliases it has. */
  static void overwrite(NDArray target, NDArray values) {
    withoutGraph(
        () -> {
          target.set(ALL, values);
          return target;
        });
  }

  /** Runs {@code work} on this thread without building a graph. */
  static <T> T withoutGraph(Supplier<T> work) {
    return withGradMode(false, work);
  }

  /** Runs {@code work} on this thread, building a graph or not. */
  static <T> T withGradMode(boolean enabled, Supplier<T> work) {
    boolean before = JniUtils.isGradMode();
    if (before == enabled) {
      return work.get();
    }
    JniUtils.setGradMode(enabled);
    try {
      return work.get();
    } finally {
      JniUtils.setGradMode(before);
    }
  }

  /**
   * Whether {@code a} and {@code b} differ by at most {@code tolerance} of the largest magnitude in
   * {@code a}. Two arrays that both hold a value that is not finite count as close: what made it is
   * the same.
   */
  static boolean close(NDArray a, NDArray b, double tolerance) {
    if (!a.getShape().equals(b.getShape())) {
      return false;
    }
    try (NDManager scope = a.getManager().newSubManager()) {
      float largest = largest(a, scope);
      if (!Float.isFinite(largest)) {
        return !Float.isFinite(largest(b, scope));
      }
      NDArray difference = a.sub(b);
      difference.attach(scope);
      return largest(difference, scope) <= tolerance * largest;
    }
  }

  /** Whether all values are zero. */
  static boolean isZero(NDArray array) {
    try (NDManager scope = array.getManager().newSubManager()) {
      return largest(array, scope) == 0;
    }
  }

  /** The largest magnitude in {@code array}; NaN if a value is NaN. */
  private static float largest(NDArray array, NDManager scope) {
    if (array.size() == 0) {
      return 0;
    }
    NDArray magnitude = array.toType(DataType.FLOAT32, false).abs();
    magnitude.attach(scope);
    NDArray max = magnitude.max();
    max.attach(scope);
    return max.getFloat();
  }

  /**
   * The same images with the channels of each pixel together in memory, PyTorch's "channels last".
   * Copies them unless they lie so already, or have one channel.
   *
   * @param images shape (n, channels, height, width); an array of any other is no image, and
   *     returned
   * @return of the same shape, with the graph of {@code images}
   */
  static NDArray channelsLast(NDArray images) {
    if (images.getShape().dimension() != IMAGE_DIMENSIONS) {
      return images;
    }
    try (NDArray pixels = images.transpose(0, 2, 3, 1);
        NDArray row = pixels.flatten();
        NDArray laidOut = row.reshape(pixels.getShape())) {
      return laidOut.transpose(0, 3, 1, 2);
    }
  }

  /** The length of the first dimension; −1 cannot occur: a scalar counts as no rows at all. */
  static long rowCount(NDArray array) {
    Shape shape = array.getShape();
    return shape.dimension() == 0 ? 0 : shape.get(0);
  }

  private static NDList map(NDList arrays, UnaryOperator<NDArray> f) {
    NDList mapped = new NDList(arrays.size());
    for (NDArray array : arrays) {
      mapped.add(f.apply(array));
    }
    return mapped;
  }
}
