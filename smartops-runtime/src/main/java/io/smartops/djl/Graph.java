package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.smartops.control.Precision;
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
 * memory that the model's own constants borrow is held until the graph is closed.
 */
final class Graph implements AutoCloseable {
  private final Lane lane;
  private final Precision precision;
  private final float scale;
  private final NDManager manager;
  private final NDList inputs;
  private final NDList outputs;

  @SuppressWarnings({"unused", "FieldCanBeLocal"}) // holds on to what the graph reads
  private List<Object> borrowed;

  private Graph(
      Lane lane,
      Precision precision,
      NDManager manager,
      NDList inputs,
      NDList outputs,
      List<Object> borrowed) {
    this.lane = lane;
    this.precision = precision;
    this.scale = precision.needsLossScale() ? lane.lossScale().current() : 1;
    this.manager = manager;
    this.inputs = inputs;
    this.outputs = outputs;
    this.borrowed = borrowed;
  }

  /**
   * Runs the model.
   *
   * @param lane the model on its device
   * @param precision the arithmetic; outputs are float32 in each
   * @param data inputs; one whose gradient is asked for is cut from its own graph here
   * @param labels labels for blocks that want them in training
   */
  static Graph forward(Lane lane, Precision precision, NDList data, @Nullable NDList labels) {
    NDManager manager = lane.newManager();
    NDManager scope = manager.newSubManager();
    try {
      NDList inputs = Tensors.leaves(data, scope);
      NDList outputs =
          Tensors.withGradMode(
              true,
              () ->
                  lane.forward(
                      precision, inputs, labels == null ? null : Tensors.detached(labels, scope)));
      keep(outputs, scope, manager);
      keep(inputs, scope, manager);
      Optional<List<Object>> borrowed = BorrowedMemory.of(manager);
      if (borrowed.isPresent()) {
        scope.close();
      }
      return new Graph(
          lane, precision, manager, inputs, new NDList(outputs), borrowed.orElse(List.of()));
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
   * Adds the gradients that follow from those of the outputs, times the loss scale where the
   * precision needs one, to the parameters, and frees the graph.
   *
   * @param gradients one for each output; null where the loss does not depend on it
   */
  void backward(List<@Nullable NDArray> gradients) {
    if (scale == 1) {
      computeBackward(gradients);
      return;
    }
    try (NDManager scope = manager.newSubManager()) {
      computeBackward(scaled(gradients, scope));
    }
  }

  private void computeBackward(List<@Nullable NDArray> gradients) {
    lane.computing(
        precision,
        () -> {
          backwardFrom(gradients);
          return this;
        });
  }

  private List<@Nullable NDArray> scaled(List<@Nullable NDArray> gradients, NDManager scope) {
    List<@Nullable NDArray> scaled = new ArrayList<>();
    for (NDArray gradient : gradients) {
      scaled.add(gradient == null ? null : Tensors.times(gradient, scale, scope));
    }
    return scaled;
  }

  private void backwardFrom(List<@Nullable NDArray> gradients) {
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
      NDArray gradient = Tensors.gradient(input, target);
      gradients.add(
          gradient == null || scale == 1 ? gradient : Tensors.times(gradient, 1 / scale, target));
    }
    return gradients;
  }

  @Override
  public void close() {
    manager.close();
    borrowed = List.of();
  }
}
