package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.smartops.LossFunction;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.SmartOpsException;
import io.smartops.control.Precision;
import io.smartops.control.PrecisionObservation;
import io.smartops.loop.Way;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * One forward call of the user's and what follows from it. The predictions that it hands out are
 * cut from the model: leaves that collect the gradient of whatever loss the user computes on them.
 * From that gradient the model's own follows, at once or micro-batch by micro-batch.
 *
 * <p>If memory runs out, what was begun is undone and begun again with smaller micro-batches. Two
 * cases: where the loss is known (the trainer's own, or one that was handed over as a function) all
 * is computed anew, and the predictions handed out take the new values. Where it is not, the
 * gradient at the predictions is all there is; it stays right as long as the predictions come out
 * the same, which is checked.
 *
 * <p>Not thread-safe: belongs to its {@link Lane}'s lock.
 */
final class Boundary implements AutoCloseable {
  /** Predictions that come out this close (relative to the largest) are the same predictions. */
  private static final double SAME_PREDICTIONS = 1e-3;

  /** The same where each operation keeps 8 bits, and rounds otherwise in another batch size. */
  private static final double SAME_HALF_PREDICTIONS = 3e-2;

  private final Lane lane;
  private final NDList data;
  private final @Nullable NDList labels;
  private final LossFunction loss;
  private final LossRule rule;
  private final NDManager owner;
  private final NDManager hold;
  private final RunningStatistics.Saved statistics;
  private final MicroBatches microBatches;
  private final LossGraph lossGraph = new LossGraph();
  private NDList predictions = new NDList();
  private @Nullable Forwarded forwarded;
  private Gradients.@Nullable Saved gradientsBefore;
  private @Nullable NDArray knownLoss;
  private @Nullable NDList knownLabels;
  private Optional<GeneratorState> generator = Optional.empty();
  private long startNanos;
  private int plannedMicroBatch;
  private boolean computedInHalf;
  private boolean comparable = true;
  private boolean finished;

  Boundary(Lane lane, NDList data, @Nullable NDList labels, LossFunction loss) {
    this.lane = lane;
    this.data = data;
    this.labels = labels;
    this.loss = loss;
    this.rule = lane.lossRule(loss);
    this.owner = data.head().getManager();
    this.hold = lane.newManager();
    this.statistics = lane.statistics().save(hold);
    this.microBatches =
        new MicroBatches(lane, new Samples(data, labels), lane.nextBatch(), statistics, hold);
  }

  /**
   * Computes the predictions: leaves on the manager of the user's data.
   *
   * @param mayFuse whether gradients may be computed ahead, in the hope that the loss is the known
   *     one
   */
  NDList forward(boolean mayFuse) {
    predictions = tryUntilItFits(mayFuse);
    return predictions;
  }

  private NDList tryUntilItFits(boolean mayFuse) {
    while (true) {
      try {
        forwarded = tryForward(mayFuse && labels != null && rule.decomposes());
        if (forwarded.graph() == null) {
          microBatches.planner().startLoss(microBatches.size());
        }
        return Tensors.collectingLeaves(forwarded.outputs(), owner);
      } catch (Throwable t) {
        undoOrThrow(t, Phase.FORWARD);
      }
    }
  }

  private Forwarded tryForward(boolean fuse) {
    microBatches.begin();
    comparable &= !microBatches.compareIfWanted(loss);
    plannedMicroBatch = microBatches.next();
    computedInHalf = microBatches.precision().isHalf();
    startNanos = System.nanoTime();
    if (microBatches.isWhole()) {
      generator = lane.stateForForeignLoss();
      return microBatches.whole();
    }
    if (fuse) {
      saveGradients();
      return microBatches.fused(loss, rule);
    }
    return microBatches.predictOnly();
  }

  /** Whether {@code arrays} are the predictions that were handed out, still without gradient. */
  boolean handedOut(NDList arrays) {
    if (finished || arrays.size() != predictions.size()) {
      return false;
    }
    for (int i = 0; i < arrays.size(); i++) {
      if (arrays.get(i) != predictions.get(i)) {
        return false;
      }
    }
    return true;
  }

  /** Whether {@code candidate} is the loss that this boundary knows. */
  boolean knows(LossFunction candidate) {
    return loss == candidate;
  }

  /** Whether {@code target} is the loss that {@link #evaluateLoss} gave. */
  boolean hasKnownLoss(NDArray target) {
    return knownLoss == target;
  }

  boolean isFinished() {
    return finished;
  }

  Lane lane() {
    return lane;
  }

  /** Computes the known loss on the predictions. */
  NDArray evaluateLoss(NDList givenLabels) {
    knownLabels = givenLabels;
    while (true) {
      try {
        lane.checkpoints().reach(Phase.LOSS, 0);
        knownLoss =
            lossGraph.evaluate(
                loss, givenLabels, predictions, microBatches.planner()::lossComputed);
        return knownLoss;
      } catch (Throwable t) {
        undoOrThrow(t, Phase.LOSS);
        recompute();
      }
    }
  }

  /** Backward from the known loss. */
  void backwardFromKnownLoss(Backward engine) {
    saveGradients();
    while (!tryBackwardFromKnownLoss(engine)) {
      recompute();
      evaluateLoss(Objects.requireNonNull(knownLabels));
    }
    lane.lossSeen(false);
    finish();
  }

  /** False if it must be done again. */
  private boolean tryBackwardFromKnownLoss(Backward engine) {
    try {
      lane.checkpoints().reach(Phase.BACKWARD, 0);
      lane.gradients().willChange();
      engine.backward(Objects.requireNonNull(knownLoss));
      List<@Nullable NDArray> gradient = collectedGradients();
      microBatches.planner().lossDone();
      if (overflows(gradient)) {
        undo();
        microBatches.fallBackToFloat32();
        return false;
      }
      if (!forwarded().hasGradients()) {
        backwardThroughModel(gradient);
        return true;
      }
      return confirm(forwarded(), gradient);
    } catch (Throwable t) {
      undoOrThrow(t, Phase.BACKWARD);
      return false;
    }
  }

  /**
   * Whether bfloat16 lost the predictions, which float32 may keep. Where a loss scale is in use,
   * the step is skipped instead, as float16's algorithm has it.
   */
  private boolean overflows(List<@Nullable NDArray> gradient) {
    boolean overflow =
        microBatches.precision() == Precision.BF16
            && !gradient.stream().allMatch(Tensors::isFinite);
    if (overflow) {
      comparable = false;
      lane.precision().overflowed();
    }
    return overflow;
  }

  /** Whether the gradients that were computed ahead are those of the loss; if not, undoes them. */
  private boolean confirm(Forwarded ahead, List<@Nullable NDArray> gradient) {
    if (ahead.rows().match(ahead.parts(), gradient)) {
      return true;
    }
    rule.refute(ahead.parts(), microBatches.size(), ahead.rows(), gradient, hold);
    undo();
    return false;
  }

  /**
   * Says that a loss follows which is not the known one, or that another forward pass of the same
   * model does: gradients that were computed ahead are taken back.
   */
  void expectForeignLoss() {
    if (forwarded().hasGradients() && !finished) {
      lane.gradients().restore(Objects.requireNonNull(gradientsBefore));
      dropSavedGradients();
      microBatches.discard();
      statistics.restore();
      forwarded = forwarded().withoutGradients();
    }
  }

  /** Whether a backward pass has brought a gradient to the predictions. */
  boolean gotGradient() {
    return collectedGradients().stream().anyMatch(Objects::nonNull);
  }

  /** Whether a finished boundary's predictions collected a gradient once more. */
  boolean collectedMore() {
    for (NDArray gradient : collectedGradients()) {
      if (gradient != null && !Tensors.isZero(gradient)) {
        return true;
      }
    }
    return false;
  }

  /** Backward from the gradient that a foreign loss brought to the predictions. */
  void backwardFromGradient() {
    List<@Nullable NDArray> gradient = collectedGradients();
    microBatches.planner().lossDone();
    if (overflows(gradient)) { // float32 cannot help: the loss was computed from these predictions
      lane.lossScale().overflowedUnscaled();
    }
    gradientsBefore = lane.gradients().saveAfterForeignBackward();
    lane.lossSeen(true);
    List<Part> original = forwarded().parts();
    while (!tryBackwardFromGradient(gradient, original)) {
      forwarded = null;
    }
    finish();
  }

  private boolean tryBackwardFromGradient(List<@Nullable NDArray> gradient, List<Part> original) {
    try {
      if (forwarded != null) {
        backwardThroughModel(gradient);
      } else {
        microBatches.begin();
        microBatches.secondPass(microBatches.partition(), gradient, rows(), this::checkSame);
      }
      return true;
    } catch (OtherPredictions e) {
      undo();
      repeatAsItWas(gradient, original);
      return true;
    } catch (Throwable t) {
      undoOrThrow(t, Phase.BACKWARD);
      return false;
    }
  }

  /** Smaller micro-batches predict otherwise: all that is left is the same once more. */
  private void repeatAsItWas(List<@Nullable NDArray> gradient, List<Part> original) {
    microBatches.beginAgain(original);
    try {
      if (original.isEmpty()) {
        generator.ifPresent(GeneratorState::restore);
        forwarded = microBatches.whole();
        checkSame(microBatches.asOnePart(), forwarded.outputs());
        backwardThroughModel(gradient);
      } else {
        microBatches.secondPass(original, gradient, rows(), this::checkSame);
      }
    } catch (Throwable t) {
      undo();
      boolean tooLittle = OutOfMemory.is(t) || t instanceof OtherPredictions;
      throw tooLittle ? cannotRepeat(t) : Failures.unchecked(t);
    }
  }

  /** The pass that was to be repeated came to other predictions than those handed out. */
  private static final class OtherPredictions extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private void checkSame(Part part, NDList outputs) {
    double samePredictions = computedInHalf ? SAME_HALF_PREDICTIONS : SAME_PREDICTIONS;
    try (NDManager scope = lane.newManager()) {
      for (int i = 0; i < outputs.size(); i++) {
        long n = rows().get(i);
        NDArray detached = Tensors.detached(predictions.get(i), scope);
        NDArray handedOut = Tensors.rows(detached, part.from() * n, part.to() * n, scope);
        if (!Tensors.close(handedOut, outputs.get(i), samePredictions)) {
          throw new OtherPredictions();
        }
      }
    }
  }

  private SmartOpsException cannotRepeat(Throwable cause) {
    return new SmartOpsException(
        "memory ran out again in the backward pass of a loss that was computed outside of the"
            + " trainer, and the model's predictions change with the micro-batch (dropout or"
            + " BatchNorm), so the pass cannot be repeated in smaller parts; the gradients of"
            + " this batch were discarded. Use SmartTrainer.trainBatch(batch, loss), which"
            + " can repeat any step, or set optMicroBatch below "
            + microBatches.size(),
        cause);
  }

  private void backwardThroughModel(List<@Nullable NDArray> gradient) {
    Forwarded done = forwarded();
    if (done.graph() == null) {
      microBatches.secondPass(done.parts(), gradient, rows(), (part, outputs) -> {});
      return;
    }
    lane.checkpoints().reach(Phase.BACKWARD, 0);
    microBatches.backward(done.graph(), gradient);
    microBatches.doneWhole(done.graph());
  }

  private void finish() {
    microBatches.passInputGradientsOn();
    if (!microBatches.unscale()) {
      lane.precision().overflowed();
    }
    microBatches.planner().batchDone(way(), microBatches.sizes(), microBatches.size());
    lane.precision().done(observation());
    closeForwarded();
    dropSavedGradients();
    predictions.forEach(Tensors::zeroGradient);
    finished = true;
  }

  private PrecisionObservation observation() {
    return new PrecisionObservation(
        microBatches.precision(),
        microBatches.size(),
        System.nanoTime() - startNanos,
        comparable
            && !microBatches.planner().isTrying()
            && microBatches.next() == plannedMicroBatch,
        lossOfLowerPrecision());
  }

  /** Read only where it is watched: a reading waits for the device. */
  private OptionalDouble lossOfLowerPrecision() {
    boolean watched = microBatches.precision() != Precision.FP32 && lane.precision().isChoosing();
    return watched && knownLoss != null
        ? OptionalDouble.of(Tensors.total(knownLoss))
        : OptionalDouble.empty();
  }

  private Way way() {
    return microBatches.sizes().isEmpty()
        ? Way.WHOLE
        : forwarded != null ? forwarded.way() : Way.TWO_PASS;
  }

  /** Repeats the forward pass after a failure; the predictions handed out take its values. */
  private void recompute() {
    NDList fresh = tryUntilItFits(true);
    for (int i = 0; i < predictions.size(); i++) {
      NDArray prediction = predictions.get(i);
      prediction.intern(fresh.get(i));
      if (prediction.getDataType().isFloating()) {
        prediction.setRequiresGradient(true);
      }
    }
  }

  private List<@Nullable NDArray> collectedGradients() {
    List<@Nullable NDArray> gradients = new ArrayList<>();
    for (NDArray prediction : predictions) {
      gradients.add(Tensors.gradient(prediction, hold));
    }
    return gradients;
  }

  private List<Long> rows() {
    return lane.splitProof().of(lane, data).rowsPerSample();
  }

  private void saveGradients() {
    if (gradientsBefore == null) {
      gradientsBefore = lane.gradients().save();
    }
  }

  private void dropSavedGradients() {
    if (gradientsBefore != null) {
      gradientsBefore.close();
      gradientsBefore = null;
    }
  }

  /** Undoes an attempt that failed; throws what failed unless a smaller micro-batch may help. */
  private void undoOrThrow(Throwable failure, Phase phase) {
    undo();
    comparable = false;
    if (!microBatches.fallsBack(failure)) {
      microBatches.shrinkOrThrow(failure, phase);
    }
  }

  private void undo() {
    closeForwarded();
    microBatches.discard();
    statistics.restore();
    if (gradientsBefore != null) {
      lane.gradients().restore(gradientsBefore);
    }
  }

  private Forwarded forwarded() {
    return Objects.requireNonNull(forwarded, "forward has not run");
  }

  private void closeForwarded() {
    if (forwarded != null) {
      forwarded.close();
    }
  }

  /** Frees all that is held; a batch that was never finished leaves no gradient behind. */
  @Override
  public void close() {
    if (!finished) {
      undo();
      dropSavedGradients();
    }
    hold.close();
  }
}
