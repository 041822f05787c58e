package io.smartops.djl;

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
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongPredicate;

/**
 * Applies an optimizer step so that it can be repeated: DJL's own update is not atomic, and a
 * failure half-way leaves some parameters updated and some not, or one of them with new moments and
 * an old value. A ledger holds what has been updated in this step, which is then passed over.
 *
 * <p>Regimes, for one parameter's update:
 *
 * <ul>
 *   <li><i>sliced</i>: one of DJL's own optimizers, on one device, and a parameter of more than
 *       {@link #SNAPSHOT_LIMIT_BYTES}; see {@link SlicedUpdate}.
 *   <li><i>plain</i>: the same optimizers and a smaller parameter, with far more memory left than
 *       the update takes: nothing is copied, since it is not expected to run out of memory half-way
 *       (a failure that comes all the same is not repeated, but said).
 *   <li><i>snapshot</i>: any other update of a parameter of up to {@link #SNAPSHOT_LIMIT_BYTES};
 *       the copy is put back if the update fails.
 *   <li><i>rehearsed</i>: any other update of a larger one; its memory is taken and given back
 *       first, so that it fails before it has changed anything (a failure that comes all the same
 *       is not repeated, but said).
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

  /** Arrays of the parameter's size that DJL's optimizers allocate in an update, at most. */
  private static final int TEMPORARIES = 4;

  /** Arrays of state that an optimizer makes at a parameter's first update, at most. */
  private static final int STATE_ARRAYS = 2;

  /** Optimizers that change arrays in one native call, and allocate little else. */
  private static final Set<Class<?>> KNOWN_OPTIMIZERS = Set.of(Sgd.class, Adam.class, AdamW.class);

  private final Optimizer optimizer;
  private final OptimizerState state;
  private final NDManager manager;
  private final LongPredicate memoryIsPlenty;
  private final Checkpoints checkpoints;
  private final Set<String> ledger = new HashSet<>();
  private final Map<String, SlicedUpdate> unfinished = new HashMap<>();
  private final Set<String> updatedBefore = new HashSet<>();

  /**
   * A server.
   *
   * @param memoryIsPlenty whether an allocation of so many bytes is out of danger
   */
  TransactionalParameterServer(
      Optimizer optimizer,
      OptimizerState state,
      NDManager manager,
      LongPredicate memoryIsPlenty,
      Checkpoints checkpoints) {
    this.optimizer = optimizer;
    this.state = state;
    this.manager = manager;
    this.memoryIsPlenty = memoryIsPlenty;
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
    if (goesBySlices(grads, params)) {
      checkpoints.reach(Phase.STEP, ledger.size());
      updateBySlices(parameterId, grads[0], params[0]);
    } else if (needsNoCopy(parameterId, params)) {
      checkpoints.reach(Phase.STEP, ledger.size());
      updateAtOnce(parameterId, grads[0], params[0]);
    } else {
      updateWithCare(parameterId, grads, params);
      updatedBefore.add(parameterId);
    }
    ledger.add(parameterId);
  }

  private boolean goesBySlices(NDArray[] grads, NDArray[] params) {
    return isKnown(params) && bytes(params[0]) > SNAPSHOT_LIMIT_BYTES && !grads[0].isSparse();
  }

  /** Whether one native call of a known kind is all that changes arrays. */
  private boolean isKnown(NDArray[] params) {
    return params.length == 1 && KNOWN_OPTIMIZERS.contains(optimizer.getClass());
  }

  private void updateBySlices(String parameterId, NDArray gradient, NDArray param) {
    OptimizerState.Counts before = state.counts(parameterId);
    SlicedUpdate update =
        unfinished.computeIfAbsent(
            parameterId,
            id ->
                new SlicedUpdate(
                    param, manager, () -> checkpoints.reach(Phase.STEP, ledger.size())));
    try {
      optimizer.update(parameterId, update.front(), gradient);
    } catch (Throwable t) {
      before.restore();
      throw t;
    }
    unfinished.remove(parameterId);
  }

  /** From its second update on, since the first one makes the optimizer's state. */
  private boolean needsNoCopy(String parameterId, NDArray[] params) {
    return isKnown(params)
        && updatedBefore.contains(parameterId)
        && memoryIsPlenty.test(TEMPORARIES * bytes(params[0]));
  }

  /**
   * What fails before the native call, as a tracker of the learning rate may, has changed counts
   * only.
   */
  private void updateAtOnce(String parameterId, NDArray gradient, NDArray param) {
    OptimizerState.Counts before = state.counts(parameterId);
    try {
      optimizer.update(parameterId, param, gradient);
    } catch (EngineException | OutOfMemoryError e) {
      throw halfUpdated(parameterId, param, e);
    } catch (RuntimeException e) {
      before.restore();
      throw e;
    }
  }

  private void updateWithCare(String parameterId, NDArray[] grads, NDArray[] params) {
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
          throw halfUpdated(parameterId, params[0], t);
        }
        before.forEach(OptimizerState.Snapshot::restore);
        restoreGradients(grads, sum);
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
