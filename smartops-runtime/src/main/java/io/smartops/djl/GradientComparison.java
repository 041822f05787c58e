package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.smartops.LossFunction;
import io.smartops.control.GradientAgreement;
import io.smartops.control.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Computes the gradient of the same samples in float32 and in a lower precision, with the same
 * seeds, and leaves no trace: gradients, BatchNorm's running statistics and (on the CPU) the random
 * number generator are as before.
 *
 * <p>The gradient is that of the trainer's loss where labels are at hand. For a loop that computes
 * its loss elsewhere, it is that of a fixed weighted sum of the outputs.
 */
final class GradientComparison {
  private final Lane lane;
  private final NDList data;
  private final @Nullable NDList labels;
  private final LossFunction loss;
  private final long seed;

  /**
   * @param data the samples' inputs
   * @param labels their labels, if known
   */
  GradientComparison(
      Lane lane, NDList data, @Nullable NDList labels, LossFunction loss, long seed) {
    this.lane = lane;
    this.data = data;
    this.labels = labels;
    this.loss = loss;
    this.seed = seed;
  }

  /**
   * Compares {@code lower} with float32.
   *
   * @return the outcome; empty if even float32 cannot be had here (labels that do not fit the loss)
   */
  Optional<GradientAgreement> run(Precision lower, RunningStatistics.Saved statistics) {
    boolean inFull = true;
    Optional<GeneratorState> generator = lane.generatorState();
    try (Gradients.Saved before = lane.gradients().save()) {
      try (Gradients.Saved full = gradient(Precision.FP32)) {
        statistics.restore();
        inFull = false;
        gradient(lower).close();
        return Optional.of(lane.gradients().agreement(full));
      } catch (RuntimeException e) {
        if (inFull && !OutOfMemory.is(e)) {
          return Optional.empty();
        }
        throw e;
      } finally {
        lane.gradients().restore(before);
        statistics.restore();
        generator.ifPresent(GeneratorState::restore);
        lane.autocast().clearCache();
      }
    }
  }

  private Gradients.Saved gradient(Precision precision) {
    lane.gradients().clear();
    try (NDManager scope = lane.newManager();
        Graph graph =
            MicroBatches.seeded(seed, () -> Graph.forward(lane, precision, data, labels, scope))) {
      NDList predictions = Tensors.collectingLeaves(graph.outputs(), scope);
      lane.gradients().willChange();
      graph.backward(
          labels == null
              ? weights(predictions, scope)
              : lane.gradients().frozen(() -> lossGradient(predictions, labels, scope)));
    }
    return lane.gradients().save();
  }

  private List<@Nullable NDArray> lossGradient(
      NDList predictions, NDList targets, NDManager scope) {
    NDArray value =
        Tensors.withGradMode(
            true, () -> loss.evaluate(Tensors.detached(targets, scope), predictions));
    Tensors.backward(value, scope.ones(value.getShape(), value.getDataType()));
    List<@Nullable NDArray> gradients = new ArrayList<>();
    predictions.forEach(prediction -> gradients.add(Tensors.gradient(prediction, scope)));
    return gradients;
  }

  /** Of both signs and of like magnitude, and the same each time: the cosine of the position. */
  private static List<@Nullable NDArray> weights(NDList predictions, NDManager scope) {
    List<@Nullable NDArray> weights = new ArrayList<>();
    for (NDArray prediction : predictions) {
      NDArray position = scope.arange(0f, (float) prediction.size(), 1f, DataType.FLOAT32);
      weights.add(position.cos().reshape(prediction.getShape()));
    }
    return weights;
  }
}
