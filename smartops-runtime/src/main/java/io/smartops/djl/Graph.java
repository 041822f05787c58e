package io.smartops.djl;

import ai.djl.engine.EngineException;
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
  private final NDManager owner;
  private final NDManager scope;
  private final NDList inputs;
  private final NDList outputs;

  @SuppressWarnings({"unused", "FieldCanBeLocal"}) // holds on to what the graph reads
  private List<Object> borrowed;

  private Graph(
      Lane lane,
      Precision precision,
      NDManager owner,
      NDManager scope,
      NDList inputs,
      NDList outputs,
      List<Object> borrowed) {
    this.lane = lane;
    this.precision = precision;
    this.scale = precision.needsLossScale() ? lane.lossScale().current() : 1;
    this.owner = owner;
    this.scope = scope;
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
   * @param owner what the inputs and outputs are attached to, until the graph is closed
   */
  static Graph forward(
      Lane lane, Precision precision, NDList data, @Nullable NDList labels, NDManager owner) {
    NDManager scope = owner.newSubManager();
    try {
      NDList inputs = Tensors.leaves(data, scope);
      NDList outputs =
          Tensors.withGradMode(
              true,
              () ->
                  lane.forward(
                      precision, inputs, labels == null ? null : Tensors.detached(labels, scope)));
      lane.training(precision).forwardDone(); // memory is highest before the handles are closed
      keep(outputs, scope, owner);
      keep(inputs, scope, owner);
      Optional<List<Object>> borrowed = BorrowedMemory.of(scope);
      if (borrowed.isPresent()) {
        scope.close();
      }
      return new Graph(
          lane, precision, owner, scope, inputs, new NDList(outputs), borrowed.orElse(List.of()));
    } catch (Throwable t) {
      scope.close();
      throw t;
    }
  }

  private static void keep(NDList arrays, NDManager scope, NDManager owner) {
    for (NDArray array : arrays) {
      if (array.getManager() == scope) {
        array.attach(owner);
      }
    }
  }

  private void closeOwn(NDList arrays) {
    for (NDArray array : arrays) {
      if (array.getManager() == owner) {
        array.close();
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
    try (NDManager products = owner.newSubManager()) {
      computeBackward(scaled(gradients, products));
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

  private List<@Nullable NDArray> scaled(List<@Nullable NDArray> gradients, NDManager products) {
    List<@Nullable NDArray> scaled = new ArrayList<>();
    for (NDArray gradient : gradients) {
      scaled.add(gradient == null ? null : Tensors.times(gradient, scale, products));
    }
    return scaled;
  }

  private void backwardFrom(List<@Nullable NDArray> gradients) {
    List<Integer> roots = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      if (gradients.get(i) != null) {
        roots.add(i);
      }
    }
    try {
      if (roots.size() == 1) {
        int only = roots.get(0);
        Tensors.backward(outputs.get(only), Objects.requireNonNull(gradients.get(only)));
      } else if (roots.size() > 1) {
        backwardTogether(roots, gradients);
      }
    } catch (EngineException e) {
      // Constant outputs have no graph. To ask beforehand would cost an exception in each step.
      if (roots.stream().anyMatch(i -> Tensors.requiresGradient(outputs.get(i)))) {
        throw e;
      }
    }
  }

  /** Outputs that share a graph go back through it as one: from Σ output·gradient. */
  private void backwardTogether(List<Integer> roots, List<@Nullable NDArray> gradients) {
    try (NDManager sums = owner.newSubManager()) {
      NDArray total = null;
      for (int i : roots) {
        NDArray product = outputs.get(i).mul(Objects.requireNonNull(gradients.get(i)));
        product.attach(sums);
        NDArray term = product.sum();
        term.attach(sums);
        total = total == null ? term : total.add(term);
        total.attach(sums);
      }
      NDArray sum = Objects.requireNonNull(total);
      Tensors.backward(sum, sums.ones(sum.getShape(), sum.getDataType()));
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
    closeOwn(inputs);
    closeOwn(outputs);
    scope.close();
    borrowed = List.of();
  }
}
