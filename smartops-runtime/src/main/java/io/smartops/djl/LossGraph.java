package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.smartops.LossFunction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Losses computed on predictions, without the handles of what was computed on the way: the graph
 * keeps what its backward pass reads, and nothing else stays until the batch is closed. A loss that
 * compares n samples with each other makes a dozen n × n arrays, of which it needs a few.
 *
 * <p>Not thread-safe.
 */
final class LossGraph {
  @SuppressWarnings({"unused", "MismatchedQueryAndUpdateOfCollection"})
  private final List<Object> borrowed = new ArrayList<>(); // holds on to what the graphs read

  /**
   * Computes a loss.
   *
   * @param loss the loss
   * @param labels labels of the samples
   * @param predictions arrays that collect their gradient
   * @param computed runs when all that was computed on the way is still in memory
   * @return the loss, on the predictions' manager
   */
  NDArray evaluate(LossFunction loss, NDList labels, NDList predictions, Runnable computed) {
    NDManager owner = predictions.head().getManager();
    NDManager scope = owner.newSubManager();
    try {
      NDArray value = evaluateIn(scope, loss, labels, predictions);
      computed.run();
      if (value.getManager() == scope) {
        value.attach(owner);
      }
      BorrowedMemory.of(scope)
          .ifPresent(
              buffers -> {
                borrowed.addAll(buffers);
                scope.close();
              });
      return value;
    } catch (Throwable t) {
      scope.close();
      throw t;
    }
  }

  /** What is computed from arrays belongs to their manager: so they are lent to {@code scope}. */
  private static NDArray evaluateIn(
      NDManager scope, LossFunction loss, NDList labels, NDList predictions) {
    NDList constants = new NDList();
    for (NDArray label : labels) {
      constants.add(Tensors.requiresGradient(label) ? label : Tensors.detached(label, scope));
    }
    List<NDManager> owners = predictions.stream().map(NDArray::getManager).toList();
    predictions.forEach(prediction -> prediction.attach(scope));
    try {
      return loss.evaluate(constants, predictions);
    } finally {
      for (int i = 0; i < owners.size(); i++) {
        predictions.get(i).attach(owners.get(i));
      }
    }
  }

  /**
   * The gradient at the predictions, times a weight, of a loss that is needed for nothing else.
   *
   * @param predictions arrays that collect their gradient
   * @param scope what all of it is attached to
   * @return one for each prediction; null where the loss does not depend on it
   */
  static List<@Nullable NDArray> gradient(
      LossFunction loss, NDList labels, NDList predictions, double weight, NDManager scope) {
    NDArray value = Tensors.withGradMode(true, () -> loss.evaluate(labels, predictions));
    Tensors.backward(value, scope.full(value.getShape(), (float) weight, value.getDataType()));
    List<@Nullable NDArray> gradients = new ArrayList<>();
    for (NDArray prediction : predictions) {
      gradients.add(Tensors.gradient(prediction, scope));
    }
    return gradients;
  }
}
