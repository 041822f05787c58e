package io.smartops.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import io.smartops.LossFunction;
import io.smartops.loop.BatchPlanner;
import io.smartops.loop.MemoryGauge;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One device of a trainer: the model there, its gradients and statistics, and who plans for it.
 * Work on one device is done by one thread at a time, under {@link #lock()}.
 */
final class Lane {
  private final Block block;
  private final ParameterStore store;
  private final Device device;
  private final NDManager manager;
  private final ReentrantLock lock = new ReentrantLock();
  private final Gradients gradients;
  private final RunningStatistics statistics;
  private final MemoryGauge gauge;
  private final BatchPlanner training;
  private final BatchPlanner evaluation;
  private final Checkpoints checkpoints;
  private final SplitProof splitProof = new SplitProof();
  private final Map<Class<?>, LossRule> lossRules = new HashMap<>();
  private long batches;
  private boolean lossSeen;
  private boolean foreignLossSeen;

  Lane(
      Block block,
      ParameterStore store,
      Device device,
      NDManager manager,
      MemoryGauge gauge,
      BatchPlanner training,
      BatchPlanner evaluation,
      Checkpoints checkpoints) {
    this.block = block;
    this.store = store;
    this.device = device;
    this.manager = manager;
    this.gradients = new Gradients(block, store, device, manager);
    this.statistics = new RunningStatistics(block, store, device, manager);
    this.gauge = gauge;
    this.training = training;
    this.evaluation = evaluation;
    this.checkpoints = checkpoints;
  }

  /** The training forward pass. */
  NDList forward(NDList data, @Nullable NDList labels) {
    return labels == null
        ? block.forward(store, data, true)
        : block.forward(store, data, labels, null);
  }

  /** The forward pass of evaluation. */
  NDList evaluate(NDList data) {
    return block.forward(store, data, false, null);
  }

  /** A manager on this device for arrays that live at most as long as the trainer. */
  NDManager newManager() {
    return manager.newSubManager(device);
  }

  ReentrantLock lock() {
    return lock;
  }

  Gradients gradients() {
    return gradients;
  }

  RunningStatistics statistics() {
    return statistics;
  }

  BatchPlanner training() {
    return training;
  }

  BatchPlanner evaluation() {
    return evaluation;
  }

  Checkpoints checkpoints() {
    return checkpoints;
  }

  SplitProof splitProof() {
    return splitProof;
  }

  /**
   * What is known of {@code loss}. Functions of one class are taken for one loss: a lambda that
   * captures something is a new object at each evaluation, but of the same class.
   */
  LossRule lossRule(LossFunction loss) {
    return lossRules.computeIfAbsent(loss.getClass(), c -> new LossRule());
  }

  /** A batch's loss was the trainer's, or one that was computed outside of it. */
  void lossSeen(boolean foreign) {
    lossSeen = true;
    foreignLossSeen |= foreign;
  }

  /** The state of the generator, where a loss from outside of the trainer may follow. */
  Optional<GeneratorState> stateForForeignLoss() {
    return foreignLossSeen || !lossSeen ? GeneratorState.save(device) : Optional.empty();
  }

  /** The number of the next logical batch on this device, counted from 0. */
  long nextBatch() {
    return batches++;
  }

  /** Ends the measurements. */
  void close() {
    gauge.close();
  }
}
