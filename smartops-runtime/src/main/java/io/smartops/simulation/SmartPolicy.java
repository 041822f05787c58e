package io.smartops.simulation;

import io.smartops.control.BatchController;
import io.smartops.control.Decision;
import io.smartops.control.GradientAgreement;
import io.smartops.control.Knob;
import io.smartops.control.LoaderController;
import io.smartops.control.LoaderLimits;
import io.smartops.control.MicroBatchLimits;
import io.smartops.control.Precision;
import io.smartops.control.PrecisionController;
import io.smartops.control.PrecisionObservation;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The runtime's own controllers, put together as its trainer does: a precision, a micro-batch for
 * each precision, and a loader. Sizes and precisions are never tried at the same time.
 *
 * <p>Not thread-safe.
 */
public final class SmartPolicy implements TrainingPolicy {
  private static final GradientAgreement AGREE = new GradientAgreement(true, 0.9999);
  private static final GradientAgreement DIFFER = new GradientAgreement(true, 0.9);

  /** Parameters in half precision, of what an Adam-like optimizer keeps in all for each. */
  private static final double CONVERTED_SHARE = 2.0 / 16;

  private final boolean gradientsAgree;
  private final long convertedBytes;
  private final PrecisionController precisions;
  private final Map<Precision, BatchController> controllers = new EnumMap<>(Precision.class);
  private final LoaderController loader;
  private final List<Decision> decisions = new ArrayList<>();
  private Precision precision = Precision.FP32;
  private BatchController batches =
      new BatchController(Knob.MICRO_BATCH, MicroBatchLimits.ANY, 1, true);
  private boolean comparing;
  private boolean comparesCandidate;
  private boolean comparable = true;
  private int planned;
  private long batchNanos;

  /** The policy for a scenario. */
  public SmartPolicy(Scenario scenario) {
    gradientsAgree = scenario.work().allowsHalf();
    convertedBytes = (long) (CONVERTED_SHARE * scenario.work().modelBytes());
    controllers.put(Precision.FP32, batches);
    precisions = PrecisionController.choosing(candidates(scenario.device()));
    loader = new LoaderController(limits(scenario.pipeline()));
  }

  private static List<Precision> candidates(DeviceProfile device) {
    if (device.halfFlops() <= device.singleFlops()) {
      return List.of();
    }
    return List.of(device.isHost() ? Precision.BF16 : Precision.FP16);
  }

  private static LoaderLimits limits(Pipeline pipeline) {
    return new LoaderLimits(
        0,
        Pipeline.MOST_WORKERS,
        1,
        4 * Pipeline.MOST_WORKERS,
        pipeline.capBytes(),
        pipeline.cores(),
        1,
        false);
  }

  private BatchController controller(Precision chosen) {
    return controllers.computeIfAbsent(chosen, lower -> batches.startingHere(convertedBytes));
  }

  /** What was decided so far. */
  public List<Decision> decisions() {
    return List.copyOf(decisions);
  }

  @Override
  public Setting next(Situation situation) {
    situation.delivery().ifPresent(delivery -> decisions.addAll(loader.observe(delivery)));
    if (situation.begins() && precisions.wantsComparison()) {
      return comparison(situation);
    }
    if (situation.begins()) {
      begin(situation);
    } else {
      decisions.addAll(batches.headroom(situation.headroomBytes()));
    }
    return setting(
        batches.next(situation.remaining()),
        precision,
        isTrying() ? Setting.Purpose.COMPARISON : Setting.Purpose.PLAN);
  }

  /** Some samples in float32, then in the candidate; neither counts. */
  private Setting comparison(Situation situation) {
    comparing = true;
    comparable = false;
    Precision side = comparesCandidate ? precisions.candidate() : Precision.FP32;
    if (comparesCandidate) {
      batches.fastest().ifPresent(controller(side)::startWith);
    }
    return setting(batches.next(situation.remaining()), side, Setting.Purpose.DISCARDED);
  }

  private void begin(Situation situation) {
    batchNanos = 0;
    precision = precisions.next();
    batches = controller(precision);
    decisions.addAll(
        batches.begin(
            situation.step(),
            situation.logicalBatch(),
            situation.headroomBytes(),
            !precisions.isTrying()));
    planned = batches.next(situation.logicalBatch());
    comparable &= !batches.isTrying();
    precisions.planned(planned, situation.logicalBatch());
  }

  private boolean isTrying() {
    return batches.isTrying() || precisions.isTrying() || loader.isTrying();
  }

  private Setting setting(int microBatch, Precision chosen, Setting.Purpose purpose) {
    return new Setting(
        microBatch,
        chosen.isHalf() ? Arithmetic.HALF : Arithmetic.SINGLE,
        loader.plan().workers(),
        loader.plan().depth(),
        purpose);
  }

  @Override
  public void done(Outcome outcome) {
    if (comparing) {
      compared(outcome);
      return;
    }
    batchNanos += outcome.nanos();
    decisions.addAll(batches.done(outcome.size(), outcome.growthBytes(), outcome.nanos()));
    if (outcome.endsBatch()) {
      batchDone(outcome.situation());
    }
  }

  private void compared(Outcome outcome) {
    comparing = false;
    if (comparesCandidate) {
      decisions.addAll(
          precisions.compared(outcome.situation().step(), gradientsAgree ? AGREE : DIFFER));
    }
    comparesCandidate = !comparesCandidate;
  }

  private void batchDone(Situation situation) {
    int samples = situation.logicalBatch();
    boolean asPlanned = comparable && batches.next(samples) == planned;
    decisions.addAll(batches.batchDone(batchNanos));
    decisions.addAll(
        precisions.done(
            situation.step(),
            new PrecisionObservation(
                precision, samples, batchNanos, asPlanned, OptionalDouble.empty())));
    comparable = true;
  }

  @Override
  public Recovery outOfMemory(Outcome outcome) {
    comparable = false;
    if (comparing) {
      comparing = false;
      comparesCandidate = false;
      decisions.addAll(
          precisions.notCompared(outcome.situation().step(), "memory ran out in the comparison"));
    } else {
      decisions.addAll(batches.outOfMemory(outcome.size(), outcome.situation().headroomBytes()));
    }
    return Recovery.REPLAY;
  }

  @Override
  public String toString() {
    return "SmartOps";
  }
}
