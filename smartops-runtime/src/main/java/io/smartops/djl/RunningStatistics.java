package io.smartops.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The running mean and variance of BatchNorm layers on one device. A training forward pass updates
 * them natively, in place: {@code r ← momentum·r + (1 − momentum)·s}, with the statistics s of what
 * it saw.
 *
 * <p>A batch that is split into micro-batches of n<sub>k</sub> of N samples must count as one
 * update. Each micro-batch therefore starts from the same r, and the results are averaged:
 *
 * <p>{@code Σ (n_k/N)·(momentum·r + (1 − momentum)·s_k) = momentum·r + (1 − momentum)·Σ
 * (n_k/N)·s_k}
 *
 * <p>which is one update with the weighted mean of the micro-batches' statistics, without knowing
 * the momentum. The mean is that of the whole batch; the variance lacks the variance between the
 * micro-batches' means.
 *
 * <p>Not thread-safe: belongs to its {@link Lane}'s lock.
 */
final class RunningStatistics {
  private static final Set<Parameter.Type> TYPES =
      EnumSet.of(Parameter.Type.RUNNING_MEAN, Parameter.Type.RUNNING_VAR);

  private final Block block;
  private final ParameterStore store;
  private final Device device;
  private @Nullable NDList buffers;

  RunningStatistics(Block block, ParameterStore store, Device device) {
    this.block = block;
    this.store = store;
    this.device = device;
  }

  /** Whether {@code block} has any. */
  static boolean in(Block block) {
    return block.getParameters().values().stream().anyMatch(p -> TYPES.contains(p.getType()));
  }

  /** Whether this model has any. */
  boolean inUse() {
    return !buffers().isEmpty();
  }

  /** What the statistics were. */
  final class Saved {
    private final NDManager scope;
    private final NDList values = new NDList();
    private final NDList sums = new NDList();

    private Saved(NDManager scope) {
      this.scope = scope;
      for (NDArray buffer : buffers()) {
        values.add(copy(buffer));
      }
    }

    /** Puts them back. */
    void restore() {
      overwriteAll(values);
    }

    /** Adds what the latest forward pass made of them, with its share of the batch as weight. */
    void accumulate(double share) {
      boolean first = sums.isEmpty();
      for (int i = 0; i < values.size(); i++) {
        NDArray part = buffers().get(i).mul((float) share);
        part.attach(scope);
        if (first) {
          sums.add(part);
        } else {
          sums.get(i).addi(part);
          part.close();
        }
      }
    }

    /** Makes the accumulated average the new statistics and starts a new average. */
    void applyAverage() {
      overwriteAll(sums);
      forgetAverage();
    }

    /** Starts a new average. */
    void forgetAverage() {
      sums.forEach(NDArray::close);
      sums.clear();
    }

    private NDArray copy(NDArray buffer) {
      NDArray copy = buffer.duplicate();
      copy.attach(scope);
      return copy;
    }

    private void overwriteAll(NDList source) {
      for (int i = 0; i < source.size(); i++) {
        Tensors.overwrite(buffers().get(i), source.get(i));
      }
    }
  }

  /** Copies the statistics as they are now, onto {@code scope}. */
  Saved save(NDManager scope) {
    return new Saved(scope);
  }

  private NDList buffers() {
    if (buffers == null) {
      buffers = new NDList();
      for (Parameter parameter : block.getParameters().values()) {
        if (TYPES.contains(parameter.getType())) {
          buffers.add(store.getValue(parameter, device, true));
        }
      }
    }
    return buffers;
  }
}
