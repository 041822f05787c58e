package io.smartops.djl;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterServer;
import ai.djl.training.optimizer.Adam;
import ai.djl.training.optimizer.AdamW;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.optimizer.Sgd;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.SmartOpsException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Applies an optimizer step so that it can be repeated: DJL's own update is not atomic, and a
 * failure half-way leaves some parameters updated and some not, or one of them with new moments and
 * an old value. A ledger holds what has been updated in this step, which is then passed over.
 *
 * <p>Regimes, for one parameter's update:
 *
 * <ul>
 *   <li><i>sliced</i>: one of DJL's own optimizers, and a dense gradient. Wherever it fails, it
 *       goes on from there; see {@link SlicedUpdate}.
 *   <li><i>snapshot</i>: another optimizer, and a parameter of up to {@link #SNAPSHOT_LIMIT_BYTES}.
 *       A copy is put back if the update fails.
 *   <li><i>rehearsed</i>: another optimizer, and a larger parameter. The memory of the update is
 *       taken and given back first, so that it fails before it has changed anything (a failure that
 *       comes all the same is not repeated, but said).
 * </ul>
 *
 * <p>As in DJL's local parameter server, the gradients of several devices are summed and each
 * replica is updated with the sum.
 *
 * <p>Not thread-safe: used by the thread that steps.
 */
final class TransactionalParameterServer implements ParameterServer {
  /**
   * Parameters up to this size are copied before their update. Copies of larger ones would make the
   * step the peak of the memory, and cost time.
   */
  static final long SNAPSHOT_LIMIT_BYTES = 1 << 20;

  /** Arrays of the parameter's size that an optimizer allocates in an update, about at most. */
  private static final int TEMPORARIES = 4;

  /** Arrays of state that an optimizer makes at a parameter's first update, at most. */
  private static final int STATE_ARRAYS = 2;

  /** Optimizers that change arrays in one native call, which treats each element by itself. */
  private static final Set<Class<?>> KNOWN_OPTIMIZERS = Set.of(Sgd.class, Adam.class, AdamW.class);

  private final Optimizer optimizer;
  private final OptimizerState state;
  private final NDManager manager;
  private final Checkpoints checkpoints;
  private final Set<String> ledger = new HashSet<>();
  private final Undo undo = new Undo(Math.toIntExact(SlicedUpdate.SLICE_BYTES));
  private final Map<String, SlicedUpdate[]> unfinished = new HashMap<>();
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
    unfinished.clear();
  }

  @Override
  public void init(String parameterId, NDArray[] value) {}

  @Override
  public void update(String parameterId, NDArray[] params) {
    List<NDArray> gradients = new ArrayList<>(params.length);
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
    // Rows of a sparse gradient do not lie where those of the parameter do.
    if (KNOWN_OPTIMIZERS.contains(optimizer.getClass()) && !grads[0].isSparse()) {
      updateBySlices(parameterId, grads, params);
    } else {
      updateWithCare(parameterId, grads, params);
      updatedBefore.add(parameterId);
    }
    ledger.add(parameterId);
  }

  /** The gradients are kept until all replicas are updated: another attempt has the same sum. */
  private void updateBySlices(String parameterId, NDArray[] grads, NDArray[] params) {
    SlicedUpdate[] updates = unfinished.computeIfAbsent(parameterId, id -> slicedUpdates(params));
    if (params.length == 1) {
      updateBySlices(parameterId, updates[0], grads[0]);
    } else {
      try (NDManager scope = manager.newSubManager()) {
        NDArray sum = sum(grads, scope);
        for (int i = 0; i < params.length; i++) {
          updateBySlices(parameterId, updates[i], on(params[i].getDevice(), sum, scope));
        }
      }
    }
    for (NDArray param : params) {
      Tensors.zeroGradient(param);
    }
    unfinished.remove(parameterId);
  }

  private SlicedUpdate[] slicedUpdates(NDArray[] params) {
    SlicedUpdate[] updates = new SlicedUpdate[params.length];
    Arrays.setAll(updates, i -> new SlicedUpdate(params[i], manager, undo, this::reachStep));
    return updates;
  }

  private void reachStep() {
    checkpoints.reach(Phase.STEP, ledger.size());
  }

  private void updateBySlices(String parameterId, SlicedUpdate update, NDArray gradient) {
    if (update.isDone()) {
      return;
    }
    OptimizerState.Counts before = state.counts(parameterId);
    try {
      reachStep();
      optimizer.update(parameterId, update.front(), gradient);
    } catch (Throwable t) {
      before.restore();
      throw t;
    }
  }

  private void updateWithCare(String parameterId, NDArray[] grads, NDArray[] params) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray sum = sum(grads, scope);
      Deque<OptimizerState.Snapshot> before = new ArrayDeque<>();
      boolean undoable = true;
      try {
        for (NDArray param : params) {
          if (Tensors.bytes(param) <= SNAPSHOT_LIMIT_BYTES) {
            before.push(state.snapshot(parameterId, param, scope));
          } else {
            rehearse(parameterId, param);
          }
          reachStep();
          undoable = Tensors.bytes(param) <= SNAPSHOT_LIMIT_BYTES;
          optimizer.update(parameterId, param, on(param.getDevice(), sum, scope));
        }
      } catch (Throwable t) {
        if (!undoable) {
          throw halfUpdated(parameterId, params[0], t);
        }
        try {
          before.forEach(OptimizerState.Snapshot::restore);
          restoreGradients(grads, sum);
        } catch (EngineException e) {
          throw halfUpdated(parameterId, params[0], e);
        }
        throw t;
      }
    }
  }

  private static SmartOpsException halfUpdated(String parameterId, NDArray param, Throwable cause) {
    return new SmartOpsException(
        "the optimizer failed within the update of parameter %s, of shape %s, which may be"
                .formatted(parameterId, param.getShape())
            + " half-updated: go back to a saved model",
        cause);
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

  private static NDArray on(Device device, NDArray sum, NDManager scope) {
    NDArray moved = sum.toDevice(device, false);
    if (moved != sum) {
      moved.attach(scope);
    }
    return moved;
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
