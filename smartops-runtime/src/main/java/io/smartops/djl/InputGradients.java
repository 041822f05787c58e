package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The gradients that reach a batch's inputs, micro-batch by micro-batch, where the user asks for
 * them: the inputs of a graph are leaves of its own.
 *
 * <p>Not thread-safe: belongs to its {@link Lane}'s lock.
 */
final class InputGradients {
  private final NDManager hold;
  private final List<List<@Nullable NDArray>> parts = new ArrayList<>();

  InputGradients(NDManager hold) {
    this.hold = hold;
  }

  /** The backward pass of {@code graph} is done. */
  void add(Graph graph) {
    parts.add(graph.inputGradients(hold));
  }

  /** Hands them to the arrays that the user gave. */
  void passOn(NDList data) {
    for (int i = 0; i < data.size(); i++) {
      if (Tensors.requiresGradient(data.get(i))) {
        NDArray gradient = joined(i);
        if (gradient != null) {
          Tensors.backward(data.get(i), gradient);
        }
      }
    }
  }

  private @Nullable NDArray joined(int input) {
    List<NDList> column = new ArrayList<>();
    for (List<@Nullable NDArray> part : parts) {
      NDArray gradient = part.get(input);
      if (gradient == null) {
        return null;
      }
      column.add(new NDList(gradient));
    }
    return column.isEmpty() ? null : Tensors.concat(column, hold).head();
  }

  /** Forgets those of an attempt that failed. */
  void discard() {
    for (List<@Nullable NDArray> part : parts) {
      for (NDArray gradient : part) {
        if (gradient != null) {
          gradient.close();
        }
      }
    }
    parts.clear();
  }
}
