package io.smartops.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import io.smartops.LossFunction;
import io.smartops.control.Precision;
import io.smartops.loop.BatchPlanner;
import io.smartops.loop.MemoryGauge;
import io.smartops.loop.PrecisionPlanner;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One device of a trainer: the model there, its gradients and statistics, and who plans for it.
 * Work on one device is done by one thread at a time, under {@link #lock()}.
 */
final class Lane {
  private static final int HALF_BYTES = 2;

  private final Block block;
  private final ParameterStore store;
  private final Device device;
  private final NDManager manager;
  private final ReentrantLock lock = new ReentrantLock();
  private final Gradients gradients;
  private final RunningStatistics statistics;
  private final MemoryGauge gauge;
  private final Supplier<BatchPlanner> firstPlanner;
  private @Nullable BatchPlanner inFull;
  private final Map<Precision, BatchPlanner> inLower = new EnumMap<>(Precision.class);
  private final PrecisionPlanner precision;
  private final Autocast autocast;
  private final LossScale lossScale;
  private final WarmStart warmStart;
  private final BatchPlanner evaluation;
  private final Checkpoints checkpoints;
  private final SplitProof splitProof = new SplitProof();
  private final Map<Class<?>, LossRule> lossRules = new HashMap<>();
  private long batches;
  private @Nullable BatchPlanner latest;
  private boolean lossSeen;
  private boolean foreignLossSeen;

  Lane(
      Block block,
      ParameterStore store,
      Device device,
      NDManager manager,
      MemoryGauge gauge,
      Supplier<BatchPlanner> firstPlanner,
      BatchPlanner evaluation,
      PrecisionPlanner precision,
      Autocast autocast,
      LossScale lossScale,
      WarmStart warmStart,
      Checkpoints checkpoints) {
    this.block = block;
    this.store = store;
    this.device = device;
    this.manager = manager;
    this.gradients = new Gradients(block, store, device, manager);
    this.statistics = new RunningStatistics(block, store, device);
    this.gauge = gauge;
    this.firstPlanner = firstPlanner;
    this.evaluation = evaluation;
    this.precision = precision;
    this.autocast = autocast;
    this.lossScale = lossScale;
    this.warmStart = warmStart;
    this.checkpoints = checkpoints;
  }

  /** The training forward pass; outputs are float32 in each precision. */
  NDList forward(Precision chosen, NDList data, @Nullable NDList labels) {
    return switch (chosen) {
      case BF16, FP16 -> forwardInHalf(chosen, data, labels);
      case FP32_CHANNELS_LAST -> forward(store, channelsLast(data), labels);
      case FP32, TF32 -> computing(chosen, () -> forward(store, data, labels));
    };
  }

  private static NDList channelsLast(NDList data) {
    return data.stream().map(Tensors::channelsLast).collect(Collectors.toCollection(NDList::new));
  }

  private NDList forwardInHalf(Precision chosen, NDList data, @Nullable NDList labels) {
    try (Autocast.Scope scope = autocast.open(chosen)) {
      GuardedArrays guard = new GuardedArrays(scope);
      ParameterStore guarded = new GuardedStore(store, guard);
      return GuardedArrays.release(
          forward(guarded, guard.guard(data), labels == null ? null : guard.guard(labels)));
    }
  }

  private NDList forward(ParameterStore parameters, NDList data, @Nullable NDList labels) {
    return labels == null
        ? block.forward(parameters, data, true)
        : block.forward(parameters, data, labels, null);
  }

  /** Runs {@code work} with the switches that {@code chosen} needs in forward and backward. */
  <T> T computing(Precision chosen, Supplier<T> work) {
    return chosen == Precision.TF32 ? autocast.withTf32(work) : work.get();
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

  /**
   * The planner of batches in {@code chosen}: each precision takes memory of its own, a lower one
   * at most what float32 does and the parameters that autocast converts.
   */
  BatchPlanner training(Precision chosen) {
    BatchPlanner full = inFull();
    BatchPlanner planner =
        chosen == Precision.FP32
            ? full
            : inLower.computeIfAbsent(
                chosen,
                lower ->
                    full.inLowerPrecision(
                        "%s on %s".formatted(lower.label(), device), convertedBytes(lower)));
    latest = planner;
    return planner;
  }

  /** Made with the first batch: by then the model is known, and so what it has taught before. */
  private BatchPlanner inFull() {
    if (inFull == null) {
      inFull = firstPlanner.get();
    }
    return inFull;
  }

  private long convertedBytes(Precision lower) {
    return lower.isHalf() ? HALF_BYTES * gradients.parameterCount() : 0;
  }

  /** The planner of the latest batch: its readings are the newest. */
  BatchPlanner training() {
    return latest == null ? inFull() : latest;
  }

  /** Gives back what the allocator keeps. */
  void releaseMemory() {
    training().releaseMemory();
  }

  PrecisionPlanner precision() {
    return precision;
  }

  Autocast autocast() {
    return autocast;
  }

  LossScale lossScale() {
    return lossScale;
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
    return foreignLossSeen || !lossSeen ? generatorState() : Optional.empty();
  }

  /** The state of the generator, where it can be read. */
  Optional<GeneratorState> generatorState() {
    return GeneratorState.save(device);
  }

  /** The number of the next logical batch on this device, counted from 0. */
  long nextBatch() {
    return batches++;
  }

  /** Tells the run's log of the loss, now and then. */
  void watchLoss(NDArray loss) {
    BatchPlanner planner = training();
    if (planner.wantsLoss() && loss.size() == 1 && loss.getDataType() == DataType.FLOAT32) {
      planner.loss(loss.toFloatArray()[0]);
    }
  }

  /** Ends the measurements, and keeps what they taught. */
  void close() {
    if (inFull != null) {
      warmStart.keep(inFull.learnt());
    }
    gauge.close();
  }
}
