package io.smartops.control;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the precision of each logical batch: float32 unless a lower one has been shown to be as
 * good as float32 for this model, and faster.
 *
 * <p>Regimes:
 *
 * <ul>
 *   <li><em>rest</em>: float32 for a number of batches, at first to warm up, later as long as the
 *       latest failed trial demands;
 *   <li><em>comparison</em>: the gradient of some samples is computed in both precisions; the trial
 *       goes on if the lower one's is finite and its cosine with float32's is at least {@link
 *       GradientAgreement#LEAST_COSINE};
 *   <li><em>trial</em>: a few batches to settle, then batches that alternate (see {@link
 *       PrecisionTrial}); one that is smaller than the one before, as the last of a pass is, does
 *       not count, since its samples take another time each;
 *   <li><em>settled</em>: the lower precision, until it overflows {@link #MOST_OVERFLOWS} times
 *       within {@link #OVERFLOW_BATCHES} batches or the loss diverges (see {@link LossWatch}).
 * </ul>
 *
 * <p>A trial that fails, and a return to float32, make the next trial wait {@link #FIRST_REST}
 * batches, twice as many each further time; one that noise left undecided is repeated after {@link
 * #REST_IF_UNDECIDED}, and a comparison that could not be made first after {@link
 * #REST_IF_NOT_COMPARED}. A precision that the model cannot run in is never tried again. Where
 * memory forces micro-batches below {@link #USEFUL_MICRO_BATCH}, a trial starts at once, and half
 * precision, whose activations take half the memory, need not be faster.
 *
 * <p>Every change is a {@link Decision}. Deterministic: its state is a function of the calls made.
 * Not thread-safe.
 */
public final class PrecisionController {
  /** Comparable batches before the first trial: caches are cold and code is interpreted before. */
  static final int WARM_UP = 4;

  /**
   * Comparisons before a precision is given up for long: where most of a gradient cancels, as in a
   * deep network with BatchNorm that was just initialised, rounding shows more than it does later.
   */
  static final int MOST_COMPARISONS = 4;

  /** Batches from one comparison to the next; doubled each time after {@link #MOST_COMPARISONS}. */
  static final int COMPARISON_DISTANCE = 3;

  /** A cosine from which it is worth while to wait for more. */
  static final double NEAR_COSINE = 0.95;

  /** Comparisons of a gradient that is near: the last comes some 200 batches after the first. */
  static final int MOST_COMPARISONS_WHEN_NEAR = 9;

  /** Batches in a new precision that are not timed: the engine prepares its kernels in them. */
  static final int SETTLING = 2;

  /** How many times as fast a lower precision must be. */
  static final double LEAST_GAIN = 1.03;

  /** The same where memory is short: it may even cost a little. */
  static final double LEAST_GAIN_UNDER_PRESSURE = 0.9;

  /** Samples below which a micro-batch no longer fills the processor. */
  static final int USEFUL_MICRO_BATCH = 8;

  /** Batches in a row whose plan was too small: the first one's is a measurement. */
  static final int PRESSED_BATCHES = 3;

  /** Batches that a trial may leave out of its timing before it is given up. */
  static final int MOST_INCOMPARABLE = 16;

  /** Overflows that bring float32 back. */
  static final int MOST_OVERFLOWS = 3;

  /** The same where a loss scale is being searched, which overflows by design. */
  static final int MOST_SCALED_OVERFLOWS = 8;

  /** Batches within which overflows count together. */
  static final int OVERFLOW_BATCHES = 100;

  /** Batches between a trial that noise left undecided and the next. */
  static final int REST_IF_UNDECIDED = 25;

  /** Undecided trials in a row before one counts as failed. */
  static final int MOST_UNDECIDED = 4;

  /**
   * Batches after which a comparison that could not be made is asked for again, and twice as many
   * each further time: memory may have been short for an instant, and half precision be worth much.
   */
  static final int REST_IF_NOT_COMPARED = 10;

  /** Batches between a failed trial and the next. */
  static final int FIRST_REST = 500;

  /** The most of them. */
  static final int LONGEST_REST = 64_000;

  private enum Stage {
    REST,
    COMPARISON,
    SETTLING,
    TRIAL,
    SETTLED
  }

  private final List<Precision> candidates;
  private final boolean fixed;
  private final LossWatch loss = new LossWatch();
  private Stage stage = Stage.REST;
  private Precision precision = Precision.FP32;
  private int candidate;
  private int wait = WARM_UP;
  private int rest = FIRST_REST;
  private int restIfNotCompared = REST_IF_NOT_COMPARED;
  private int settling;
  private int incomparable;
  private int pressedBatches;
  private int comparisons;
  private double leastGain = LEAST_GAIN;
  private int undecided;
  private int samplesBefore;
  private int overflows;
  private int sinceOverflow;
  private GradientAgreement agreement = new GradientAgreement(false, 0);
  private @Nullable PrecisionTrial trial;

  private PrecisionController(List<Precision> candidates, boolean fixed) {
    this.candidates = new ArrayList<>(candidates);
    this.fixed = fixed;
  }

  /** Always {@code precision}, unless the model cannot run in it. */
  public static PrecisionController fixed(Precision precision) {
    PrecisionController controller = new PrecisionController(List.of(precision), true);
    controller.precision = precision;
    controller.stage = Stage.SETTLED;
    return controller;
  }

  /**
   * Float32, or one of {@code candidates}, tried in this order.
   *
   * @param candidates lower precisions that the device computes natively; may be none
   */
  public static PrecisionController choosing(List<Precision> candidates) {
    return new PrecisionController(candidates, false);
  }

  /** The precision of the next logical batch. */
  public Precision next() {
    return switch (stage) {
      case REST, COMPARISON -> Precision.FP32;
      case SETTLING -> candidate();
      case TRIAL -> timing().isSecond() ? candidate() : Precision.FP32;
      case SETTLED -> precision;
    };
  }

  /** Whether there is, or may be, something to decide: else nothing need be measured. */
  public boolean isChoosing() {
    return !fixed && !candidates.isEmpty();
  }

  /** Whether {@link #candidate()} should be compared with float32 before the next batch. */
  public boolean wantsComparison() {
    return stage == Stage.COMPARISON;
  }

  /** Whether precisions are compared now or soon, so that other knobs had better rest. */
  public boolean isTrying() {
    boolean soon = stage == Stage.REST && wait <= WARM_UP;
    return isChoosing() && (soon || (stage != Stage.REST && stage != Stage.SETTLED));
  }

  /** The lower precision that is, or will be, on trial. */
  public Precision candidate() {
    return candidates.get(candidate);
  }

  /**
   * A logical batch is planned.
   *
   * @param microBatch samples that memory allows in one micro-batch
   * @param wanted samples that it would have if memory were free
   */
  public void planned(int microBatch, int wanted) {
    boolean pressed = microBatch < USEFUL_MICRO_BATCH && microBatch < wanted;
    pressedBatches = pressed ? pressedBatches + 1 : 0;
    if (pressedBatches == PRESSED_BATCHES && stage == Stage.REST && isChoosing()) {
      stage = Stage.COMPARISON;
    }
  }

  /** The comparison that was asked for. */
  public List<Decision> compared(long step, GradientAgreement found) {
    agreement = found;
    comparisons++;
    if (!found.isGood()) {
      return found.finite() && comparisons < mostComparisons(found)
          ? compareAgain(step)
          : failed(step, found.describe());
    }
    stage = Stage.SETTLING;
    settling = SETTLING;
    incomparable = 0;
    boolean saves = candidate().isHalf() && pressedBatches >= PRESSED_BATCHES;
    leastGain = saves ? LEAST_GAIN_UNDER_PRESSURE : LEAST_GAIN;
    trial = new PrecisionTrial(leastGain);
    return List.of(
        decision(step, Precision.FP32.label(), onTrial(), trialReason(found), cosineFigure()));
  }

  private static int mostComparisons(GradientAgreement found) {
    return found.cosine() < NEAR_COSINE ? MOST_COMPARISONS : MOST_COMPARISONS_WHEN_NEAR;
  }

  private List<Decision> compareAgain(long step) {
    int batches = COMPARISON_DISTANCE << Math.max(0, comparisons - MOST_COMPARISONS + 1);
    String why = "%s; it is compared again in %d batches".formatted(agreement.describe(), batches);
    return putOff(step, batches, why, cosineFigure());
  }

  /** The comparison that was asked for could not be made: it is put off. */
  public List<Decision> notCompared(long step, String why) {
    int batches = restIfNotCompared;
    restIfNotCompared = Math.min(2 * restIfNotCompared, LONGEST_REST);
    String reason = "%s; the gradients are compared in %d batches".formatted(why, batches);
    return putOff(step, batches, reason, Map.of());
  }

  /** Float32 for so many batches, after which the same candidate is compared again. */
  private List<Decision> putOff(long step, int batches, String why, Map<String, Double> figures) {
    stage = Stage.REST;
    wait = batches;
    return List.of(decision(step, onTrial(), Precision.FP32.label(), why, figures));
  }

  /** A logical batch got through. */
  public List<Decision> done(long step, PrecisionObservation batch) {
    sinceOverflow++;
    batch.loss().ifPresent(loss::add);
    boolean isSmaller = batch.samples() < samplesBefore;
    samplesBefore = batch.samples();
    return switch (stage) {
      case REST -> rested(batch);
      case COMPARISON -> List.of();
      case SETTLING -> settled(batch);
      case TRIAL -> isSmaller ? List.of() : timed(step, batch);
      case SETTLED -> watched(step);
    };
  }

  /** A batch in a lower precision gave values that are not finite. */
  public List<Decision> overflowed(long step) {
    overflows = sinceOverflow <= OVERFLOW_BATCHES ? overflows + 1 : 1;
    sinceOverflow = 0;
    return !isChoosing() || overflows < mostOverflows()
        ? List.of()
        : failed(
            step,
            "it overflowed %d times within %d batches".formatted(overflows, OVERFLOW_BATCHES));
  }

  private int mostOverflows() {
    return candidate().needsLossScale() ? MOST_SCALED_OVERFLOWS : MOST_OVERFLOWS;
  }

  /** The model cannot run in {@link #candidate()}: it is not tried again. */
  public List<Decision> refused(long step, String why) {
    String from = stage == Stage.SETTLED ? candidate().label() : onTrial();
    Decision decision = decision(step, from, Precision.FP32.label(), why, Map.of());
    candidates.remove(candidate);
    candidate = 0;
    stage = candidates.isEmpty() ? Stage.SETTLED : Stage.REST;
    precision = Precision.FP32;
    wait = 0;
    return List.of(decision);
  }

  private List<Decision> rested(PrecisionObservation batch) {
    boolean warmingUp = rest == FIRST_REST && restIfNotCompared == REST_IF_NOT_COMPARED;
    wait -= batch.comparable() || !warmingUp ? 1 : 0;
    if (wait <= 0 && isChoosing()) {
      stage = Stage.COMPARISON;
    }
    return List.of();
  }

  private List<Decision> settled(PrecisionObservation batch) {
    settling -= batch.precision() == candidate() ? 1 : 0;
    stage = settling == 0 ? Stage.TRIAL : Stage.SETTLING;
    return List.of();
  }

  private List<Decision> timed(long step, PrecisionObservation batch) {
    if (!batch.comparable() || batch.precision() != next()) {
      incomparable++;
      return incomparable > MOST_INCOMPARABLE
          ? failed(step, "no batch's time could be compared with another's")
          : List.of();
    }
    timing().add(batch.nanosPerSample());
    if (!timing().isOver()) {
      return List.of();
    }
    if (timing().isWon()) {
      return accept(step);
    }
    return timing().isUndecided() && undecided < MOST_UNDECIDED
        ? tryAgain(step)
        : failed(step, gain());
  }

  private List<Decision> tryAgain(long step) {
    undecided++;
    String why =
        "%s; noise leaves it open, and it is tried again in %d batches"
            .formatted(gain(), REST_IF_UNDECIDED);
    return putOff(step, REST_IF_UNDECIDED, why, gainFigures());
  }

  private List<Decision> accept(long step) {
    stage = Stage.SETTLED;
    precision = candidate();
    overflows = 0;
    undecided = 0;
    return List.of(decision(step, onTrial(), precision.label(), gain(), gainFigures()));
  }

  private List<Decision> watched(long step) {
    boolean lowered = precision != Precision.FP32;
    return lowered && isChoosing() && loss.diverges()
        ? failed(
            step,
            "the loss diverges: its median over %d batches is %.3g, after %.3g"
                .formatted(LossWatch.WINDOW, loss.latest(), loss.best()))
        : List.of();
  }

  /** Back to float32; the next candidate's turn comes soon, the first one's after a rest. */
  private List<Decision> failed(long step, String why) {
    String from = stage == Stage.SETTLED ? precision.label() : onTrial();
    Map<String, Double> figures = stage == Stage.TRIAL ? gainFigures() : cosineFigure();
    boolean last = candidate == candidates.size() - 1;
    Decision decision = decision(step, from, Precision.FP32.label(), why, figures);
    stage = Stage.REST;
    precision = Precision.FP32;
    overflows = 0;
    undecided = 0;
    comparisons = 0;
    loss.forget();
    wait = last ? rest : 1;
    rest = last ? Math.min(2 * rest, LONGEST_REST) : rest;
    candidate = last ? 0 : candidate + 1;
    return List.of(decision);
  }

  private String onTrial() {
    return "trial of " + candidate().label();
  }

  private String trialReason(GradientAgreement found) {
    return leastGain < 1
        ? "memory leaves micro-batches too small to be useful, and %s".formatted(found.describe())
        : "the gradients agree (%s)".formatted(found.describe());
  }

  private String gain() {
    return "%s is %.2f times as fast as float32 (%.2f to %.2f, from %d rounds), and %.2f are asked for"
        .formatted(
            candidate().label(),
            timing().gain(0),
            timing().gain(-PrecisionTrial.SURE_ERRORS),
            timing().gain(PrecisionTrial.SURE_ERRORS),
            timing().rounds(),
            leastGain);
  }

  private Map<String, Double> gainFigures() {
    Map<String, Double> figures = new LinkedHashMap<>();
    if (timing().rounds() > 0) {
      figures.put("gain", timing().gain(0));
      figures.put("gainLow", timing().gain(-PrecisionTrial.SURE_ERRORS));
      figures.put("gainHigh", timing().gain(PrecisionTrial.SURE_ERRORS));
    }
    figures.put("rounds", (double) timing().rounds());
    figures.putAll(cosineFigure());
    return figures;
  }

  private Map<String, Double> cosineFigure() {
    return Map.of("cosine", agreement.cosine());
  }

  private PrecisionTrial timing() {
    return Objects.requireNonNull(trial, "no trial has begun");
  }

  private static Decision decision(
      long step, String from, String to, String reason, Map<String, Double> figures) {
    return new Decision(step, Knob.PRECISION, from, to, reason, figures);
  }
}
