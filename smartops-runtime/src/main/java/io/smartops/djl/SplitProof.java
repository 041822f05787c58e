package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.smartops.SmartOpsException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Whether a model may be run on parts of a batch, found out by trying: in evaluation mode, where
 * dropout is off and BatchNorm uses its running statistics, the predictions for a few samples must
 * be those of the samples' halves, one after the other. This refuses models that mix samples, that
 * do not keep samples in the first dimension, or that cannot be evaluated.
 *
 * <p>Found out once, before the first split. Not thread-safe: belongs to its {@link Lane}'s lock.
 */
final class SplitProof {
  /** Samples tried: two halves of two, so that a first dimension of 1 is not mistaken. */
  private static final int SAMPLES = 4;

  /** Rounding differs with the batch size, since the engine then sums in another order. */
  private static final double TOLERANCE = 1e-3;

  private @Nullable Verdict verdict;

  /**
   * The outcome.
   *
   * @param refusal why the model must not be split; empty if it may be
   * @param rowsPerSample rows of each output that belong to one sample
   */
  record Verdict(Optional<String> refusal, List<Long> rowsPerSample) {
    static Verdict refused(String why) {
      return new Verdict(Optional.of(why), List.of());
    }
  }

  /** Why {@code data} and {@code labels} cannot be cut into parts; empty if they can. */
  static Optional<String> unevenRows(NDList data, @Nullable NDList labels) {
    long rows = data.isEmpty() ? 0 : Tensors.rowCount(data.head());
    if (rows > 0 && haveRows(data, rows) && (labels == null || haveRows(labels, rows))) {
      return Optional.empty();
    }
    List<String> shapes = new ArrayList<>(shapes("data", data));
    if (labels != null) {
      shapes.addAll(shapes("labels", labels));
    }
    return Optional.of(
        "its arrays do not share a first dimension of samples: " + String.join(", ", shapes));
  }

  private static boolean haveRows(NDList arrays, long rows) {
    return arrays.stream().allMatch(array -> Tensors.rowCount(array) == rows);
  }

  private static List<String> shapes(String name, NDList arrays) {
    return IntStream.range(0, arrays.size())
        .mapToObj(i -> "%s[%d] %s".formatted(name, i, arrays.get(i).getShape()))
        .toList();
  }

  /** The verdict for {@code lane}'s model, tried on the first samples of {@code data}. */
  Verdict of(Lane lane, NDList data) {
    if (verdict == null) {
      verdict = tryOut(lane, data);
    }
    return verdict;
  }

  private static Verdict tryOut(Lane lane, NDList data) {
    int samples = (int) Math.min(SAMPLES, Tensors.rowCount(data.head()));
    if (samples < 2) {
      return Verdict.refused("a batch of one sample has no parts");
    }
    try (NDManager scope = lane.newManager()) {
      return Tensors.withoutGraph(() -> compare(lane, data, samples, scope));
    } catch (SmartOpsException e) {
      throw e;
    } catch (RuntimeException e) {
      if (OutOfMemory.is(e)) {
        throw e;
      }
      return Verdict.refused("the model cannot be run in evaluation mode (" + e + ")");
    }
  }

  private static Verdict compare(Lane lane, NDList data, int samples, NDManager scope) {
    int half = samples / 2;
    NDList whole = lane.evaluate(rows(data, 0, samples, scope));
    NDList first = lane.evaluate(rows(data, 0, half, scope));
    NDList second = lane.evaluate(rows(data, half, samples, scope));
    NDList joined = Tensors.concat(List.of(first, second), scope);
    List<Long> rowsPerSample = new ArrayList<>();
    for (int i = 0; i < whole.size(); i++) {
      long rows = Tensors.rowCount(whole.get(i));
      if (rows == 0
          || rows % samples != 0
          || Tensors.rowCount(first.get(i)) * samples != rows * half) {
        return Verdict.refused(
            "output %d has shape %s for %d samples".formatted(i, whole.get(i).getShape(), samples));
      }
      if (!same(whole.get(i), joined.get(i))) {
        return Verdict.refused(
            "output %d of a sample depends on the other samples of its batch".formatted(i));
      }
      rowsPerSample.add(rows / samples);
    }
    return new Verdict(Optional.empty(), List.copyOf(rowsPerSample));
  }

  private static NDList rows(NDList data, int from, int to, NDManager scope) {
    return Tensors.rows(Tensors.detached(data, scope), from, to, scope);
  }

  private static boolean same(NDArray a, NDArray b) {
    return a.getShape().equals(b.getShape()) && Tensors.close(a, b, TOLERANCE);
  }
}
