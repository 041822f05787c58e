package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.smartops.LossFunction;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.SmartOpsException;
import io.smartops.control.Precision;
import io.smartops.loop.BatchPlanner;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs the model over a logical batch: whole, or in micro-batches whose sizes the planner names one
 * by one.
 *
 * <ul>
 *   <li><i>whole</i>: one forward pass, its graph kept.
 *   <li><i>fused</i>: forward, weighted micro-loss, backward and free, for each micro-batch.
 *   <li><i>two-pass</i>: predictions without a graph first; once the gradient at the predictions is
 *       known, forward again with the same seeds, and backward with that gradient's rows.
 * </ul>
 *
 * <p>Not thread-safe: belongs to its {@link Lane}'s lock.
 */
final class MicroBatches {
  private final Lane lane;
  private Precision precision;
  private BatchPlanner planner;
  private final Samples samples;
  private final int size;
  private final long batch;
  private final RunningStatistics.Saved statistics;
  private final NDManager hold;
  private final InputGradients inputGradients;
  private List<Part> parts = new ArrayList<>();
  private final GradientScaling scaling;

  MicroBatches(
      Lane lane, Samples samples, long batch, RunningStatistics.Saved statistics, NDManager hold) {
    this.lane = lane;
    this.precision = precisionFor(samples.data());
    this.planner = lane.training(precision);
    this.samples = samples;
    this.size = samples.size();
    this.batch = batch;
    this.statistics = statistics;
    this.hold = hold;
    this.scaling = new GradientScaling(lane);
    this.inputGradients = new InputGradients(hold);
  }

  int size() {
    return size;
  }

  BatchPlanner planner() {
    return planner;
  }

  Precision precision() {
    return precision;
  }

  /**
   * A gradient that overflowed under its loss scale must not reach another model through the
   * inputs, whose step would go on.
   */
  private Precision precisionFor(NDList inputs) {
    Precision planned = lane.precision().next();
    return planned.needsLossScale() && inputs.stream().anyMatch(Tensors::requiresGradient)
        ? Precision.FP32
        : planned;
  }

  /** The size of the first micro-batch, as planned at present. */
  int next() {
    return planner.next(size);
  }

  /** Whether a failure in a lower precision is answered by float32 when the batch begins again. */
  boolean fallsBack(Throwable failure) {
    boolean inReach =
        precision != Precision.FP32
            && failure instanceof RuntimeException
            && !(failure instanceof SmartOpsException)
            && !OutOfMemory.is(failure);
    if (inReach) {
      refusePrecision(failure);
    }
    return inReach;
  }

  private void refusePrecision(Throwable failure) {
    lane.precision().refused(String.valueOf(failure.getMessage()));
    fallBackToFloat32();
  }

  /** Computes the batch in float32 when it is begun again. */
  void fallBackToFloat32() {
    precision = Precision.FP32;
    planner = lane.training(precision);
  }

  /** Starts (again) with what the planner knows now. */
  void begin() {
    if (lane.statistics().inUse()) {
      List<Integer> probes = planner.probes(size);
      if (!probes.isEmpty() && refusal().isEmpty()) {
        probes.forEach(this::probe);
      }
    }
    parts = new ArrayList<>();
    planner.begin(size, !lane.precision().isTrying());
    forgetConverted();
  }

  /** Parameters are about to change, or a graph to be built after a pass that built none. */
  private void forgetConverted() {
    if (precision.isHalf()) {
      lane.autocast().clearCache();
    }
  }

  /**
   * Compares the gradient in a lower precision, if the precision's planner wants that now and no
   * earlier batch's gradients are in the way; then begins again, since memory has changed.
   */
  boolean compareIfWanted(LossFunction loss) {
    lane.precision().planned(planner.next(size), planner.wanted(size));
    if (!lane.precision().wantsComparison() || !lane.gradients().isUntouched()) {
      return false;
    }
    Precision candidate = lane.precision().candidate();
    BatchPlanner lower = lane.training(candidate);
    lower.startWithSizeOf(planner);
    lower.begin(size);
    int planned = Math.min(planner.next(size), lower.next(size));
    int samples = planned < size && refusal().isPresent() ? size : planned;
    if (lower.fits(samples)) {
      compare(candidate, new Part(0, 0, samples, Seeds.of(batch, 0)), loss);
    } else {
      lane.precision().notCompared("memory leaves no room for %d samples in it".formatted(samples));
    }
    planner = lane.training(precision);
    planner.begin(size);
    return true;
  }

  private void compare(Precision candidate, Part part, LossFunction loss) {
    try (NDManager scope = lane.newManager()) {
      boolean whole = part.size() == size;
      NDList inputs = whole ? samples.data() : samples.inputs(part, scope);
      NDList targets = whole ? samples.labels() : samples.labels(part, scope);
      new GradientComparison(lane, inputs, targets, loss, part.seed(), statistics)
          .run(candidate)
          .ifPresentOrElse(
              lane.precision()::compared,
              () -> lane.precision().notCompared("the loss cannot be computed here"));
    } catch (RuntimeException | OutOfMemoryError e) {
      notCompared(part.size(), e);
    }
  }

  private void notCompared(int samples, Throwable failure) {
    Kernels.clearError();
    if (OutOfMemory.is(failure)) {
      lane.training().outOfMemoryAside(Phase.FORWARD, samples, failure);
      lane.precision().notCompared("memory ran out in the comparison");
    } else {
      lane.training().abandon();
      lane.precision().refused(String.valueOf(failure.getMessage()));
    }
  }

  /** Takes the loss scale out of the gradients; whether they are finite. */
  boolean unscale() {
    return scaling.end();
  }

  /** Starts with a plan that was computed before, once memory was given back. */
  void beginAgain(List<Part> plan) {
    parts = new ArrayList<>(plan);
    planner.releaseMemory();
  }

  /** The logical batch as one part. */
  Part asOnePart() {
    return new Part(0, 0, size, Seeds.of(batch, 0));
  }

  /** Runs some samples forward and backward, only to see what they take. */
  private void probe(int samples) {
    Part part = new Part(0, 0, samples, Seeds.of(batch, 0));
    parts = List.of(part);
    planner.start(samples);
    try (NDManager scope = lane.newManager();
        Graph graph = forward(part, scope)) {
      graph.backward(zeros(graph.outputs(), scope));
    }
    planner.done(samples);
    statistics.restore();
    statistics.forgetAverage();
  }

  private static List<@Nullable NDArray> zeros(NDList outputs, NDManager scope) {
    List<@Nullable NDArray> zeros = new ArrayList<>();
    for (NDArray output : outputs) {
      NDArray zero = output.zerosLike();
      zero.attach(scope);
      zeros.add(zero);
    }
    return zeros;
  }

  /** Whether the batch is to be computed in one piece. */
  boolean isWhole() {
    if (planner.next(size) >= size) {
      return true;
    }
    Optional<String> refusal = refusal();
    refusal.ifPresentOrElse(planner::cannotSplit, this::sayThatBatchNormIsSplit);
    return refusal.isPresent();
  }

  private void sayThatBatchNormIsSplit() {
    if (lane.statistics().inUse()) {
      planner.warnOnce(
          "The model has BatchNorm, and a batch of {} does not fit in one piece: BatchNorm now sees"
              + " micro-batches of {}, so results differ from those of whole batches.",
          size,
          planner.next(size));
    }
  }

  private Optional<String> refusal() {
    return SplitProof.unevenRows(samples.data(), samples.labels())
        .or(() -> lane.splitProof().of(lane, samples.data()).refusal());
  }

  /** The micro-batches that were computed, by size; empty while the batch is whole. */
  List<Integer> sizes() {
    return parts.stream().map(Part::size).toList();
  }

  Forwarded whole() {
    planner.start(size);
    lane.checkpoints().reach(Phase.FORWARD, 0);
    return Forwarded.whole(Graph.forward(lane, precision, samples.data(), samples.labels(), hold));
  }

  /** The backward pass of a whole batch is done. */
  void doneWhole(Graph graph) {
    forgetConverted();
    inputGradients.add(graph);
    planner.done(size);
  }

  Forwarded fused(LossFunction loss, LossRule rule) {
    Optional<LossWeights> weights = rule.weights(lane, loss, samples);
    try {
      weights.ifPresent(this::prepare);
      Forwarded forwarded = fused(loss, rule, weights);
      rule.looked(forwarded.outputs());
      return forwarded;
    } finally {
      weights.ifPresent(LossWeights::close);
    }
  }

  private void prepare(LossWeights weights) {
    planner.startLoss(size);
    weights.prepare();
    planner.lossDone();
  }

  private Forwarded fused(LossFunction loss, LossRule rule, Optional<LossWeights> weights) {
    List<NDList> outputs = new ArrayList<>();
    List<List<@Nullable NDArray>> gradients = new ArrayList<>();
    for (int from = 0; from < size; from = end()) {
      Part part = nextPart(from);
      planner.start(part.size());
      try (NDManager scope = lane.newManager();
          Graph graph = forward(part, scope)) {
        NDList predictions = Tensors.collectingLeaves(graph.outputs(), scope);
        lane.checkpoints().reach(Phase.LOSS, part.index());
        double weight =
            weights.isPresent()
                ? weights.get().of(part, predictions)
                : rule.weight(part.size(), size);
        NDList labels = Objects.requireNonNull(samples.labels(part, scope));
        List<@Nullable NDArray> gradient =
            weight == 0 // its own loss may be 0 / 0
                ? zeros(predictions, scope)
                : lane.gradients()
                    .frozen(() -> LossGraph.gradient(loss, labels, predictions, weight, scope));
        outputs.add(Tensors.detached(predictions, hold));
        gradients.add(held(gradient));
        backward(part, graph, gradient);
      }
      planner.done(part.size());
    }
    statistics.applyAverage();
    forgetConverted();
    return Forwarded.fused(
        Tensors.concat(outputs, hold),
        List.copyOf(parts),
        new LossRule.GradientRows(
            gradients, lane.splitProof().of(lane, samples.data()).rowsPerSample()));
  }

  /** The first of two passes: predictions only. */
  Forwarded predictOnly() {
    List<NDList> outputs = new ArrayList<>();
    for (Part part : partition()) {
      lane.checkpoints().reach(Phase.FORWARD, part.index());
      try (NDManager scope = lane.newManager()) {
        NDList predictions =
            Tensors.withoutGraph(
                () ->
                    Seeds.seeded(
                        part.seed(),
                        () ->
                            lane.forward(
                                precision,
                                samples.inputs(part, scope),
                                samples.labels(part, scope))));
        outputs.add(Tensors.outliving(predictions, hold));
      }
    }
    statistics.restore();
    forgetConverted();
    return Forwarded.predicted(Tensors.concat(outputs, hold), List.copyOf(parts));
  }

  /** Cuts the whole batch into micro-batches by what the planner knows now. */
  List<Part> partition() {
    parts = new ArrayList<>();
    for (int from = 0; from < size; from = end()) {
      nextPart(from);
    }
    return List.copyOf(parts);
  }

  /**
   * The second of two passes.
   *
   * @param gradient the gradient at the predictions of all samples
   * @param rowsPerSample rows of each prediction that belong to one sample
   * @param check sees each micro-batch's predictions before they are used
   */
  void secondPass(
      List<Part> plan,
      List<@Nullable NDArray> gradient,
      List<Long> rowsPerSample,
      BiConsumer<Part, NDList> check) {
    for (Part part : plan) {
      planner.start(part.size());
      try (NDManager scope = lane.newManager();
          Graph graph = forward(part, scope)) {
        check.accept(part, graph.outputs());
        backward(part, graph, Samples.gradientRows(gradient, rowsPerSample, part, scope));
      }
      planner.done(part.size());
    }
    statistics.applyAverage();
    forgetConverted();
  }

  /** Hands the gradients that reached the inputs to the arrays that the user gave. */
  void passInputGradientsOn() {
    inputGradients.passOn(samples.data());
  }

  /** Forgets what an attempt that failed left behind. */
  void discard() {
    inputGradients.discard();
    scaling.forget();
    forgetConverted();
    statistics.forgetAverage();
    planner.abandon();
    Kernels.clearError();
  }

  /**
   * Asks the planner for smaller micro-batches. Where there are none in a lower precision, whose
   * kernels want memory of their own, float32 gets its turn.
   */
  void shrinkOrThrow(Throwable failure, Phase phase) {
    if (!OutOfMemory.is(failure)) {
      throw Failures.unchecked(failure);
    }
    int failed = parts.isEmpty() ? size : parts.get(parts.size() - 1).size();
    try {
      planner.outOfMemory(phase, failed, failure, parts.isEmpty() ? refusal() : Optional.empty());
    } catch (SmartOpsException e) {
      if (precision == Precision.FP32) {
        throw e;
      }
      refusePrecision(e);
    }
  }

  private int end() {
    return parts.isEmpty() ? 0 : parts.get(parts.size() - 1).to();
  }

  private Part nextPart(int from) {
    Part part =
        new Part(parts.size(), from, planner.next(size - from), Seeds.of(batch, parts.size()));
    parts.add(part);
    return part;
  }

  private Graph forward(Part part, NDManager scope) {
    lane.checkpoints().reach(Phase.FORWARD, part.index());
    statistics.restore();
    Graph graph =
        Seeds.seeded(
            part.seed(),
            () ->
                Graph.forward(
                    lane,
                    precision,
                    samples.inputs(part, scope),
                    samples.labels(part, scope),
                    scope));
    statistics.accumulate((double) part.size() / size);
    return graph;
  }

  private void backward(Part part, Graph graph, List<@Nullable NDArray> gradient) {
    lane.checkpoints().reach(Phase.BACKWARD, part.index());
    backward(graph, gradient);
    inputGradients.add(graph);
  }

  /** Adds to the parameters' gradients. */
  void backward(Graph graph, List<@Nullable NDArray> gradient) {
    scaling.begin(precision);
    lane.gradients().willChange();
    graph.backward(gradient);
  }

  private List<@Nullable NDArray> held(List<@Nullable NDArray> arrays) {
    List<@Nullable NDArray> held = new ArrayList<>();
    for (NDArray array : arrays) {
      held.add(array == null ? null : Tensors.detached(array, hold));
    }
    return held;
  }
}
