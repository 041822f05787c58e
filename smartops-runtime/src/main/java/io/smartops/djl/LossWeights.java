package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.smartops.LossFunction;
import java.util.List;
import java.util.Objects;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Weights of the micro-losses of a batch whose samples weigh what their labels say: in a mean over
 * tokens, padding does not count. They are found without the model, on predictions that are made
 * up.
 *
 * <p>Formula: with G' the rows of a micro-batch in the gradient of the whole batch's loss, and g
 * the gradient of its own loss, its weight is ⟨G', g⟩ / ⟨g, g⟩; 0 where G' is zero. Where samples
 * are coupled, or weigh by more than their labels, that is wrong, and {@link LossRule} finds it out
 * as it does of any weights.
 *
 * <p>Not thread-safe: belongs to its {@link Lane}'s lock.
 */
final class LossWeights implements AutoCloseable {
  /** Made-up predictions are within a chance's bounds, since some losses take their logarithm. */
  private static final float MIDDLE = 0.5f;

  private static final float SWING = 0.4f;

  /** What tells a row's values from the next row's, and a value from the next, in radians. */
  private static final float ROW_ANGLE = 1.3f;

  private static final float VALUE_ANGLE = 0.7f;

  private final LossFunction loss;
  private final Samples samples;
  private final Gradients gradients;
  private final List<Long> rowsPerSample;
  private final List<Like> likes;
  private final NDManager scope;
  private NDList madeUp = new NDList();
  private List<@Nullable NDArray> whole = List.of();

  /**
   * What an output looks like.
   *
   * @param shape of one row
   * @param type of its values
   */
  record Like(Shape shape, DataType type) {
    static List<Like> of(NDList outputs) {
      return outputs.stream()
          .map(each -> new Like(each.getShape().slice(1), each.getDataType()))
          .toList();
    }
  }

  /**
   * Weights of a batch.
   *
   * @param likes what the outputs most likely look like, so that {@link #prepare} can do its work
   *     while no graph is in memory
   */
  LossWeights(
      Lane lane, LossFunction loss, Samples samples, List<Long> rowsPerSample, List<Like> likes) {
    this.loss = loss;
    this.samples = samples;
    this.gradients = lane.gradients();
    this.rowsPerSample = rowsPerSample;
    this.scope = lane.newManager();
    this.likes = likes;
  }

  /** Computes the loss of the whole batch on what the outputs most likely look like. */
  void prepare() {
    tried(
        () -> {
          makeUp(likes);
          return 0;
        });
  }

  /**
   * The weight of a micro-batch, whose outputs look like {@code outputs}; NaN if the loss cannot be
   * computed on predictions that are made up.
   */
  double of(Part part, NDList outputs) {
    return tried(
        () -> {
          if (!Like.of(outputs).equals(Like.of(madeUp))) {
            makeUp(Like.of(outputs));
          }
          return weight(part);
        });
  }

  private static double tried(DoubleSupplier work) {
    try {
      return work.getAsDouble();
    } catch (RuntimeException e) {
      if (OutOfMemory.is(e)) {
        throw e;
      }
      return Double.NaN;
    }
  }

  private double weight(Part part) {
    try (NDManager own = scope.newSubManager()) {
      NDList rows = new NDList();
      for (int i = 0; i < madeUp.size(); i++) {
        long n = rowsPerSample.get(i);
        rows.add(Tensors.rows(madeUp.get(i), part.from() * n, part.to() * n, own));
      }
      NDList labels = Objects.requireNonNull(samples.labels(part, own));
      return factor(
          gradient(labels, rows, own), Samples.gradientRows(whole, rowsPerSample, part, own), own);
    }
  }

  private void makeUp(List<Like> likes) {
    NDList values = new NDList();
    for (int i = 0; i < likes.size(); i++) {
      values.add(values(likes.get(i), samples.size() * rowsPerSample.get(i)));
    }
    try (NDManager own = scope.newSubManager()) {
      NDList labels = Tensors.detached(Objects.requireNonNull(samples.labels()), own);
      whole = gradient(labels, values, own);
      whole.stream().filter(Objects::nonNull).forEach(each -> each.attach(scope));
    }
    madeUp = values;
  }

  /**
   * MIDDLE + SWING·sin(a + b), a an angle of the row and b one of the value; by sin(a + b) = sin a
   * · cos b + cos a · sin b a product of two narrow matrices, since what is as large as the
   * predictions costs time.
   */
  private NDArray values(Like like, long rows) {
    try (NDManager own = scope.newSubManager()) {
      NDArray row = angles(rows, ROW_ANGLE, own);
      NDArray value = angles(like.shape().size(), VALUE_ANGLE, own);
      NDArray ofRows = NDArrays.stack(new NDList(row.sin(), row.cos(), row.onesLike()), 1);
      NDArray ofValues =
          NDArrays.stack(
              new NDList(
                  value.cos().mul(SWING), value.sin().mul(SWING), value.onesLike().mul(MIDDLE)));
      NDArray values =
          ofRows
              .matMul(ofValues)
              .reshape(new Shape(rows).addAll(like.shape()))
              .toType(like.type(), false);
      values.attach(scope);
      return values;
    }
  }

  private static NDArray angles(long count, float each, NDManager owner) {
    return owner.arange(Math.toIntExact(count)).toType(DataType.FLOAT32, false).mul(each);
  }

  private List<@Nullable NDArray> gradient(NDList labels, NDList predictions, NDManager owner) {
    NDList leaves = Tensors.collectingLeaves(predictions, owner);
    return gradients.frozen(() -> LossGraph.gradient(loss, labels, leaves, 1, owner));
  }

  /**
   * What {@code part} must be multiplied by, as nearly as any number does it, to be {@code whole}.
   *
   * @param part gradients of a micro-batch's loss, one for each output
   * @param whole the same rows of the whole batch's
   */
  static double factor(
      List<@Nullable NDArray> part, List<@Nullable NDArray> whole, NDManager owner) {
    double both = 0;
    double own = 0;
    boolean nothing = true;
    for (int i = 0; i < part.size(); i++) {
      NDArray mine = part.get(i);
      NDArray of = whole.get(i);
      if (mine != null && of != null) {
        nothing &= Tensors.isZero(of);
        both += dot(of, mine, owner);
        own += dot(mine, mine, owner);
      }
    }
    return nothing ? 0 : both / own;
  }

  private static double dot(NDArray a, NDArray b, NDManager owner) {
    NDArray products = a.mul(b);
    products.attach(owner);
    return Tensors.total(products);
  }

  @Override
  public void close() {
    scope.close();
  }
}
