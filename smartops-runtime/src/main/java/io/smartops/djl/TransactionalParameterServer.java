package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterServer;
import ai.djl.training.optimizer.Optimizer;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.SmartOpsException;
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
 * <p>A parameter of up to {@link #SNAPSHOT_LIMIT_BYTES} is updated from a snapshot, which is put
 * back if its update fails; for a larger one the memory is rehearsed, so that it fails before it
 * has changed anything (a failure that comes all the same is not repeated, but said). A ledger
 * holds what has been updated in this step, which is then passed over. As in DJL's local parameter
 * server, the gradients of several devices are summed and each replica is updated with the sum.
 *
 * <p>Not thread-safe: used by the thread that steps.
 */
final class TransactionalParameterServer implements ParameterServer {
  /**
   * Parameters up to this size are copied before their update. Copies of larger ones would make the
   * step the peak of the memory, and cost time.
   */
  static final long SNAPSHOT_LIMIT_BYTES = 1 << 20;

  /** Arrays of the parameter's size that DJL's optimizers allocate in an update, at most. */
  private static final int TEMPORARIES = 4;

  /** Arrays of state that an optimizer makes at a parameter's first update, at most. */
  private static final int STATE_ARRAYS = 2;

  private final Optimizer optimizer;
  private final OptimizerState state;
  private final NDManager manager;
  private final Checkpoints checkpoints;
  private final Set<String> ledger = new HashSet<>();
  private final Set<String> updatedBefore = new HashSet<>();

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
      boolean undoable = true;
      try {
        for (NDArray param : params) {
          if (bytes(param) <= SNAPSHOT_LIMIT_BYTES) {
            before.push(state.snapshot(parameterId, param, scope));
          } else {
            rehearse(parameterId, param);
          }
          checkpoints.reach(Phase.STEP, ledger.size());
          undoable = bytes(param) <= SNAPSHOT_LIMIT_BYTES;
          updateReplica(parameterId, param, sum, scope);
        }
      } catch (Throwable t) {
        if (!undoable) {
          throw new SmartOpsException(
              "the optimizer failed within the update of parameter %s, of shape %s, which may be"
                      .formatted(parameterId, params[0].getShape())
                  + " half-updated: go back to a saved model",
              t);
        }
        before.forEach(OptimizerState.Snapshot::restore);
        restoreGradients(grads, sum);
        throw t;
      }
    }
    ledger.add(parameterId);
    updatedBefore.add(parameterId);
  }

  /**
   * Takes and gives back the memory that an update needs, so that running out of it happens before
   * anything was changed.
   */
  private void rehearse(String parameterId, NDArray param) {
    int arrays = updatedBefore.contains(parameterId) ? TEMPORARIES : TEMPORARIES + STATE_ARRAYS;
    try (NDManager scope = manager.newSubManager(param.getDevice())) {
      for (int i = 0; i < arrays; i++) {
        scope.create(param.getShape(), param.getDataType());
      }
    }
  }

  private static long bytes(NDArray array) {
    return array.size() * array.getDataType().getNumOfBytes();
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
