package io.smartops.djl;

import ai.djl.ndarray.NDList;
import io.smartops.loop.Way;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A finished forward pass over a logical batch.
 *
 * @param way how it was done
 * @param outputs the predictions for all samples
 * @param graph the graph that waits for its backward pass; only where the batch is whole
 * @param parts its micro-batches; empty where the batch is whole
 * @param gradientRows the gradients at the predictions that were used; only where gradients have
 *     already been added to the parameters
 */
record Forwarded(
    Way way,
    NDList outputs,
    @Nullable Graph graph,
    List<Part> parts,
    LossRule.@Nullable GradientRows gradientRows)
    implements AutoCloseable {

  static Forwarded whole(Graph graph) {
    return new Forwarded(Way.WHOLE, graph.outputs(), graph, List.of(), null);
  }

  static Forwarded fused(NDList outputs, List<Part> parts, LossRule.GradientRows rows) {
    return new Forwarded(Way.FUSED, outputs, null, parts, rows);
  }

  static Forwarded predicted(NDList outputs, List<Part> parts) {
    return new Forwarded(Way.TWO_PASS, outputs, null, parts, null);
  }

  /** The same predictions, whose gradients were taken back. */
  Forwarded withoutGradients() {
    return predicted(outputs, parts);
  }

  boolean hasGradients() {
    return gradientRows != null;
  }

  LossRule.GradientRows rows() {
    return Objects.requireNonNull(gradientRows, "no gradients yet");
  }

  @Override
  public void close() {
    if (graph != null) {
      graph.close();
    }
  }
}
