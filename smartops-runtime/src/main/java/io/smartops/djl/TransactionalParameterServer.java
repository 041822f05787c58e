package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterServer;
import ai.djl.training.optimizer.Optimizer;
import io.smartops.OutOfMemoryEvent.Phase;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Applies an optimizer step so that it can be repeated: DJL's own update is not atomic, and a
 * failure half-way leaves some parameters updated and some not, or one of them with new moments and
 * an old value.
 *
 * <p>Each parameter is updated from a snapshot, which is put back if its update fails; a ledger
 * holds what has been updated in this step, which is then passed over. As in DJL's local parameter
 * server, the gradients of several devices are summed and each replica is updated with the sum.
 *
 * <p>Not thread-safe: used by the thread that steps.
 */
final class TransactionalParameterServer implements ParameterServer {
  private final Optimizer optimizer;
  private final OptimizerState state;
  private final NDManager manager;
  private final Checkpoints checkpoints;
  private final Set<String> ledger = new HashSet<>();

  TransactionalParameterServer(
      Optimizer optimizer, OptimizerState state, NDManager manager, Checkpoints checkpoints) {
    this.optimizer = optimizer;
    this.state = state;
    this.manager = manager;
    this.checkpoints = checkpoints;
  }

  /** The step is complete, or given up: the next update starts a new one. */
  void end() {
    ledger.clear();
  }

  @Override
  public void init(String parameterId, NDArray[] value) {}

  @Override
  public void update(String parameterId, NDArray[] params) {
    List<NDArray> gradients = new ArrayList<>();
    try {
      for (NDArray param : params) {
        gradients.add(param.getGradient());
      }
      update(parameterId, gradients.toArray(NDArray[]::new), params);
    } finally {
      gradients.forEach(NDArray::close);
    }
  }

  @Override
  public void update(String parameterId, NDArray[] grads, NDArray[] params) {
    if (ledger.contains(parameterId)) {
      return;
    }
    try (NDManager scope = manager.newSubManager()) {
      NDArray sum = sum(grads, scope);
      Deque<OptimizerState.Snapshot> before = new ArrayDeque<>();
      try {
        for (NDArray param : params) {
          before.push(state.snapshot(parameterId, param, scope));
          updateReplica(parameterId, param, sum, scope);
        }
      } catch (Throwable t) {
        before.forEach(OptimizerState.Snapshot::restore);
        restoreGradients(grads, sum);
        throw t;
      }
    }
    ledger.add(parameterId);
  }

  /** The gradient of all devices, as a copy on the first. */
  private static NDArray sum(NDArray[] grads, NDManager scope) {
    NDArray sum = grads[0].duplicate();
    sum.attach(scope);
    for (int i = 1; i < grads.length; i++) {
      NDArray moved = grads[i].toDevice(sum.getDevice(), true);
      moved.attach(scope);
      sum.addi(moved);
    }
    return sum;
  }

  private void updateReplica(String parameterId, NDArray param, NDArray sum, NDManager scope) {
    NDArray gradient = sum.toDevice(param.getDevice(), false);
    if (gradient != sum) {
      gradient.attach(scope);
    }
    checkpoints.reach(Phase.STEP, ledger.size());
    optimizer.update(parameterId, param, gradient);
  }

  /**
   * The optimizer sets a replica's gradient to zero when it has updated it. The next attempt needs
   * the sum only, so the first device gets it and the others nothing.
   */
  private static void restoreGradients(NDArray[] grads, NDArray sum) {
    Tensors.overwrite(grads[0], sum);
    for (int i = 1; i < grads.length; i++) {
      int device = i;
      Tensors.withoutGraph(() -> grads[device].subi(grads[device]));
    }
  }

  @Override
  public void close() {}
}
