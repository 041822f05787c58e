package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The arrays of a logical batch, whose first dimension counts samples, and the rows of them that
 * belong to a micro-batch.
 *
 * @param data inputs
 * @param labels labels, if there are any
 */
record Samples(NDList data, @Nullable NDList labels) {
  int size() {
    return (int) Tensors.rowCount(data.head());
  }

  /** The inputs of a micro-batch, as leaves of its graph, on {@code scope}. */
  NDList inputs(Part part, NDManager scope) {
    NDList inputs = new NDList();
    for (NDArray array : data) {
      NDArray detached = Tensors.detached(array, scope);
      NDArray rows = Tensors.rows(detached, part.from(), part.to(), scope);
      if (Tensors.requiresGradient(array)) {
        rows.setRequiresGradient(true);
      }
      inputs.add(rows);
    }
    return inputs;
  }

  /** The labels of a micro-batch, on {@code scope}. */
  @Nullable NDList labels(Part part, NDManager scope) {
    return labels == null
        ? null
        : Tensors.rows(Tensors.detached(labels, scope), part.from(), part.to(), scope);
  }

  /**
   * A micro-batch's part of the gradients at the predictions of all samples, on {@code scope}.
   *
   * @param gradient one for each prediction; null where the loss does not depend on it
   * @param rowsPerSample rows of each prediction that belong to one sample
   */
  static List<@Nullable NDArray> gradientRows(
      List<@Nullable NDArray> gradient, List<Long> rowsPerSample, Part part, NDManager scope) {
    List<@Nullable NDArray> rows = new ArrayList<>();
    for (int i = 0; i < gradient.size(); i++) {
      NDArray whole = gradient.get(i);
      long n = rowsPerSample.get(i);
      rows.add(
          whole == null
              ? null
              : Tensors.rows(
                  Tensors.detached(whole, scope), part.from() * n, part.to() * n, scope));
    }
    return rows;
  }
}
