package io.smartops.djl;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a model predicts the same without a graph as with one, found out by trying: the first of
 * two passes builds none, and the loss's gradient at its predictions must be that of the second.
 * libtorch computes an LSTM by other kernels then, which on some processors (seen on an AMD EPYC of
 * family 26 with libtorch 2.7.1) come to other numbers altogether.
 *
 * <p>Found out once, before the first such pass. Not thread-safe: belongs to its {@link Lane}'s
 * lock.
 */
final class GraphlessProof {
  /** Samples tried. */
  static final int SAMPLES = 4;

  private static final Logger LOGGER = LoggerFactory.getLogger(GraphlessProof.class);

  private @Nullable Boolean same;

  /**
   * Whether predictions may be computed without a graph.
   *
   * @param predict the model, with one seed, on {@link #SAMPLES} samples at most
   * @param tolerance difference, relative to the largest, that is rounding
   */
  boolean of(Lane lane, Function<NDManager, NDList> predict, double tolerance) {
    if (same == null) {
      same = tryOut(lane, predict, tolerance);
      if (!same) {
        LOGGER.warn(
            "Without a graph the engine predicts otherwise than with one on this processor: batches"
                + " in two passes build one in both. Evaluations build none, in plain DJL either.");
      }
    }
    return same;
  }

  private static boolean tryOut(Lane lane, Function<NDManager, NDList> predict, double tolerance) {
    try (NDManager scope = lane.newManager()) {
      NDList without = Tensors.withoutGraph(() -> predict.apply(scope));
      NDList with = Tensors.withGradMode(true, () -> predict.apply(scope));
      return Tensors.withoutGraph(
          () ->
              without.size() == with.size()
                  && IntStream.range(0, with.size())
                      .allMatch(i -> Tensors.close(with.get(i), without.get(i), tolerance)));
    }
  }
}
