package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.smartops.LossFunction;
import io.smartops.control.GradientAgreement;
import io.smartops.control.Precision;
import io.smartops.loop.BatchPlanner;
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
 *
 * <p>Formula: no gradient is copied. Float32's, g, collects where gradients always do; the lower
 * one's, h, is added to it; then h is computed alone. With the three lengths, {@code g·h = (|g +
 * h|² − |g|² − |h|²)/2}. Each pass is measured as any micro-batch is.
 */
final class GradientComparison {
  private final Lane lane;
  private final NDList data;
  private final @Nullable NDList labels;
  private final LossFunction loss;
  private final long seed;
  private final RunningStatistics.Saved statistics;

  /**
   * @param data the samples' inputs
   * @param labels their labels, if known
   */
  GradientComparison(
      Lane lane,
      NDList data,
      @Nullable NDList labels,
      LossFunction loss,
      long seed,
      RunningStatistics.Saved statistics) {
    this.lane = lane;
    this.data = data;
    this.labels = labels;
    this.loss = loss;
    this.seed = seed;
    this.statistics = statistics;
  }

  /**
   * Compares {@code lower} with float32. Gradients must be zero.
   *
   * @return the outcome; empty if even float32 cannot be had here (labels that do not fit the loss)
   */
  Optional<GradientAgreement> run(Precision lower) {
    boolean inFull = true;
    Optional<GeneratorState> generator = lane.generatorState();
    try {
      addGradient(Precision.FP32);
      if (lower.needsLossScale()) {
        lane.gradients().scale(lane.lossScale().current());
      }
      double full = lane.gradients().squares();
      inFull = false;
      addGradient(lower);
      double both = lane.gradients().squares();
      lane.gradients().clear();
      addGradient(lower);
      double low = lane.gradients().squares();
      return Optional.of(GradientAgreement.of((both - full - low) / 2, full, low));
    } catch (RuntimeException e) {
      if (inFull && !OutOfMemory.is(e)) {
        return Optional.empty();
      }
      throw e;
    } finally {
      lane.gradients().clear();
      generator.ifPresent(GeneratorState::restore);
      if (lower.isHalf()) {
        lane.autocast().clearCache();
      }
    }
  }

  private void addGradient(Precision precision) {
    BatchPlanner planner = lane.training(precision);
    int samples = (int) Tensors.rowCount(data.head());
    planner.start(samples);
    try (NDManager scope = lane.newManager();
        Graph graph =
            Seeds.seeded(seed, () -> Graph.forward(lane, precision, data, labels, scope))) {
      NDList predictions = Tensors.collectingLeaves(graph.outputs(), scope);
      lane.gradients().willChange();
      graph.backward(
          labels == null
              ? weights(predictions, scope)
              : lane.gradients()
                  .frozen(
                      () ->
                          LossGraph.gradient(
                              loss, Tensors.detached(labels, scope), predictions, 1, scope)));
    } finally {
      statistics.restore();
    }
    planner.done(samples);
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
