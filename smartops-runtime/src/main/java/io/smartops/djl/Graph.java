package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One forward pass of a model whose graph is kept for its backward pass.
 *
 * <p>The handles of all that the model computed on the way are closed at once: only what the
 * backward pass needs stays in memory, and each piece of it is freed as soon as it was used. Java
 * memory that the graph may refer to is held until the graph is closed.
 */
final class Graph implements AutoCloseable {
  private final NDManager manager;
  private final NDList inputs;
  private final NDList outputs;

  @SuppressWarnings("UnusedVariable") // to hold it is its use
  private final Optional<List<Object>> javaMemory;

  private Graph(
      NDManager manager, NDList inputs, NDList outputs, Optional<List<Object>> javaMemory) {
    this.manager = manager;
    this.inputs = inputs;
    this.outputs = outputs;
    this.javaMemory = javaMemory;
  }

  /**
   * Runs the model.
   *
   * @param lane the model on its device
   * @param data inputs; one whose gradient is asked for is cut from its own graph here
   * @param labels labels for blocks that want them in training
   */
  static Graph forward(Lane lane, NDList data, @Nullable NDList labels) {
    NDManager manager = lane.newManager();
    try {
      NDManager scope = manager.newSubManager();
      NDList inputs = Tensors.leaves(data, scope);
      NDList outputs =
          Tensors.withGradMode(
              true,
              () -> lane.forward(inputs, labels == null ? null : Tensors.detached(labels, scope)));
      keep(outputs, scope, manager);
      keep(inputs, scope, manager);
      Optional<List<Object>> javaMemory = JavaMemory.under(scope);
      if (javaMemory.isPresent()) {
        scope.close();
      }
      return new Graph(manager, inputs, new NDList(outputs), javaMemory);
    } catch (Throwable t) {
      manager.close();
      throw t;
    }
  }

  private static void keep(NDList arrays, NDManager scope, NDManager manager) {
    for (NDArray array : arrays) {
      if (array.getManager() == scope) {
        array.attach(manager);
      }
    }
  }

  NDList outputs() {
    return outputs;
  }

  /**
   * Adds the gradients that follow from those of the outputs to the parameters, and frees the
   * graph.
   *
   * @param gradients one for each output; null where the loss does not depend on it
   */
  void backward(List<@Nullable NDArray> gradients) {
    List<Integer> roots = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      if (gradients.get(i) != null && Tensors.requiresGradient(outputs.get(i))) {
        roots.add(i);
      }
    }
    if (roots.size() == 1) {
      int only = roots.get(0);
      Tensors.backward(outputs.get(only), Objects.requireNonNull(gradients.get(only)));
    } else if (roots.size() > 1) {
      backwardTogether(roots, gradients);
    }
  }

  /** Outputs that share a graph go back through it as one: from Σ output·gradient. */
  private void backwardTogether(List<Integer> roots, List<@Nullable NDArray> gradients) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray total = null;
      for (int i : roots) {
        NDArray product = outputs.get(i).mul(Objects.requireNonNull(gradients.get(i)));
        product.attach(scope);
        NDArray term = product.sum();
        term.attach(scope);
        total = total == null ? term : total.add(term);
        total.attach(scope);
      }
      NDArray sum = Objects.requireNonNull(total);
      Tensors.backward(sum, scope.ones(sum.getShape(), sum.getDataType()));
    }
  }

  /** The gradients that reached the inputs, moved to {@code target}; null where none was asked. */
  List<@Nullable NDArray> inputGradients(NDManager target) {
    List<@Nullable NDArray> gradients = new ArrayList<>();
    for (NDArray input : inputs) {
      gradients.add(Tensors.gradient(input, target));
    }
    return gradients;
  }

  @Override
  public void close() {
    manager.close();
  }
}
