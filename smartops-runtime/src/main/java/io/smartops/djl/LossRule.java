package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.smartops.LossFunction;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known of how a loss combines its samples. It starts with the commonest guess and changes
 * only on evidence: at each step that was computed from micro-losses, the gradient at the
 * predictions is compared with that of the loss over the whole batch, and a difference corrects the
 * rule before any parameter was updated.
 *
 * <p>Not thread-safe: belongs to its {@link Lane}'s lock.
 */
final class LossRule {
  /** How micro-losses combine to the loss of the batch. */
  enum Reduction {
    /** The mean over samples: a micro-loss of n of N samples weighs n/N. */
    MEAN,
    /** The sum over samples: each micro-loss weighs 1. */
    SUM,
    /** A mean over what samples weigh, as tokens without padding: {@link LossWeights} tell. */
    WEIGHTED,
    /** Samples depend on each other: there are no micro-losses. */
    COUPLED
  }

  /**
   * Largest difference, relative to the largest gradient, that float32 rounding explains. The
   * graphs compared are those of the loss alone, a few operations deep.
   */
  static final double TOLERANCE = 2e-5;

  private Reduction reduction = Reduction.MEAN;
  private List<LossWeights.Like> likes = List.of();

  boolean decomposes() {
    return reduction != Reduction.COUPLED;
  }

  /** The weights of a batch's micro-losses, where they depend on its labels. */
  Optional<LossWeights> weights(Lane lane, LossFunction loss, Samples samples) {
    if (reduction != Reduction.WEIGHTED) {
      return Optional.empty();
    }
    List<Long> rowsPerSample = lane.splitProof().of(lane, samples.data()).rowsPerSample();
    return Optional.of(new LossWeights(lane, loss, samples, rowsPerSample, likes));
  }

  /** What the outputs of the latest batch looked like: most likely those of the next do, too. */
  void looked(NDList outputs) {
    likes = LossWeights.Like.of(outputs);
  }

  /** Weight of the micro-loss of {@code size} of {@code total} samples, unless labels decide it. */
  double weight(int size, int total) {
    return reduction == Reduction.SUM ? 1.0 : (double) size / total;
  }

  /** Takes the evidence of a step whose micro-losses did not add up to the loss. */
  void refute(
      List<Part> parts,
      int total,
      GradientRows used,
      List<@Nullable NDArray> actual,
      NDManager owner) {
    reduction = next(parts, total, used, actual, owner);
  }

  private Reduction next(
      List<Part> parts,
      int total,
      GradientRows used,
      List<@Nullable NDArray> actual,
      NDManager owner) {
    if (reduction == Reduction.WEIGHTED) {
      return Reduction.COUPLED;
    }
    if (reduction == Reduction.MEAN
        && parts.stream().allMatch(p -> used.matchScaled(p, (double) total / p.size(), actual))) {
      return Reduction.SUM;
    }
    return parts.stream().allMatch(p -> used.isProportional(p, actual, owner))
        ? Reduction.WEIGHTED
        : Reduction.COUPLED;
  }

  /** The gradients that micro-losses gave at the predictions, by micro-batch. */
  record GradientRows(List<List<@Nullable NDArray>> byPart, List<Long> rowsPerSample) {
    private boolean matchScaled(Part part, double factor, List<@Nullable NDArray> actual) {
      List<@Nullable NDArray> used = byPart.get(part.index());
      for (int i = 0; i < used.size(); i++) {
        NDArray whole = actual.get(i);
        NDArray rows = used.get(i);
        if (whole == null && rows == null) {
          continue;
        }
        if (whole == null
            || rows == null
            || !rowsMatch(whole, rows, part, factor, rowsPerSample.get(i))) {
          return false;
        }
      }
      return true;
    }

    /** Whether some number makes a part's gradients those of the whole batch's loss. */
    private boolean isProportional(Part part, List<@Nullable NDArray> actual, NDManager owner) {
      try (NDManager scope = owner.newSubManager()) {
        List<@Nullable NDArray> rows = Samples.gradientRows(actual, rowsPerSample, part, scope);
        double factor = LossWeights.factor(byPart.get(part.index()), rows, scope);
        return matchScaled(part, factor, actual);
      }
    }

    /** Whether the parts, as they were weighted, are the gradient of the whole batch's loss. */
    boolean match(List<Part> parts, List<@Nullable NDArray> actual) {
      return parts.stream().allMatch(p -> matchScaled(p, 1.0, actual));
    }

    private static boolean rowsMatch(
        NDArray whole, NDArray used, Part part, double factor, long rowsPerSample) {
      try (var scope = whole.getManager().newSubManager()) {
        NDArray rows =
            Tensors.rows(whole, part.from() * rowsPerSample, part.to() * rowsPerSample, scope);
        if (factor == 0) { // though the part's own may be 0 / 0
          return Tensors.isZero(rows);
        }
        NDArray scaled = used.mul((float) factor);
        scaled.attach(scope);
        return Tensors.close(rows, scaled, TOLERANCE);
      }
    }
  }
}
