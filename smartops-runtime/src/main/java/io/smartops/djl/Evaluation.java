package io.smartops.djl;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.loop.BatchPlanner;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The forward pass of evaluation: without a graph, in parts where the whole batch does not fit.
 *
 * <p>Not thread-safe: belongs to its {@link Lane}'s lock.
 */
final class Evaluation {
  private final Lane lane;
  private final BatchPlanner planner;
  private final NDList input;
  private final int size;

  Evaluation(Lane lane, NDList input) {
    this.lane = lane;
    this.planner = lane.evaluation();
    this.input = input;
    this.size = (int) Tensors.rowCount(input.head());
  }

  /** The predictions for all samples, on the manager of the input. */
  NDList run() {
    int part = size;
    while (true) {
      try (NDManager scope = lane.newManager()) {
        planner.begin(size);
        boolean whole = isWhole();
        List<NDList> outputs = new ArrayList<>();
        for (int from = 0; from < size; from += part) {
          part = whole ? size : planner.next(size - from);
          outputs.add(part(outputs.size(), from, part, scope));
        }
        return Tensors.concat(outputs, input.head().getManager());
      } catch (Throwable t) {
        planner.abandon();
        Kernels.clearError();
        if (!OutOfMemory.is(t)) {
          throw Failures.unchecked(t);
        }
        planner.outOfMemory(Phase.EVALUATE, part, t, part == size ? refusal() : Optional.empty());
      }
    }
  }

  private NDList part(int index, int from, int part, NDManager scope) {
    planner.start(part);
    lane.checkpoints().reach(Phase.EVALUATE, index);
    try (NDManager temporary = lane.newManager()) {
      NDList inputs = Tensors.detached(input, temporary);
      NDList rows = part == size ? inputs : Tensors.rows(inputs, from, from + part, temporary);
      NDList outputs = Tensors.outliving(lane.evaluate(rows), scope);
      planner.done(part);
      return outputs;
    }
  }

  private boolean isWhole() {
    if (planner.next(size) >= size) {
      return true;
    }
    Optional<String> refusal = refusal();
    refusal.ifPresent(planner::cannotSplit);
    return refusal.isPresent();
  }

  private Optional<String> refusal() {
    return SplitProof.unevenRows(input, null).or(() -> lane.splitProof().of(lane, input).refusal());
  }
}
