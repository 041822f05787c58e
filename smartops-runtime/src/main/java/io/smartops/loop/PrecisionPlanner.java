package io.smartops.loop;

import io.smartops.control.Decision;
import io.smartops.control.GradientAgreement;
import io.smartops.control.Precision;
import io.smartops.control.PrecisionController;
import io.smartops.control.PrecisionObservation;
import io.smartops.control.tape.Signal;
import io.smartops.control.tape.Tape;
import java.util.List;

/**
 * Plans the precision of one device's batches: asks the controller and tells the run's log what was
 * decided.
 *
 * <p>Not thread-safe: belongs to the thread that trains on the device.
 */
public final class PrecisionPlanner {
  private final PrecisionController controller;
  private final RunLog log;
  private final Tape tape;

  /**
   * A planner whose controller's signals are taken down.
   *
   * @param controller decides
   * @param log hears of decisions
   * @param tape takes down what the controller is told
   */
  public PrecisionPlanner(PrecisionController controller, RunLog log, Tape tape) {
    this.controller = controller;
    this.log = log;
    this.tape = tape;
  }

  /** The precision of the next logical batch. */
  public Precision next() {
    return controller.next();
  }

  /** Whether there is, or may be, something to decide: else nothing need be measured. */
  public boolean isChoosing() {
    return controller.isChoosing();
  }

  /** Whether {@link #candidate()} should be compared with float32 before the next batch. */
  public boolean wantsComparison() {
    return controller.wantsComparison();
  }

  /** Whether precisions are compared now or soon, so that other knobs had better rest. */
  public boolean isTrying() {
    return controller.isTrying();
  }

  /** The lower precision to compare. */
  public Precision candidate() {
    return controller.candidate();
  }

  /** A logical batch is planned in micro-batches of {@code microBatch} of {@code wanted}. */
  public void planned(int microBatch, int wanted) {
    if (isTaped()) {
      tape.heard(new Signal.BatchPlanned(microBatch, wanted));
    }
    controller.planned(microBatch, wanted);
  }

  /** The comparison that was asked for. */
  public void compared(GradientAgreement agreement) {
    tape.heard(new Signal.Compared(agreement));
    decided(controller.compared(log.step(), agreement));
  }

  /** The comparison that was asked for could not be made. */
  public void notCompared(String why) {
    tape.heard(new Signal.NotCompared(why));
    decided(controller.notCompared(log.step(), why));
  }

  /** A logical batch got through. */
  public void done(PrecisionObservation batch) {
    log.precision(batch.precision());
    if (isTaped()) {
      tape.heard(new Signal.BatchComputed(batch));
    }
    decided(controller.done(log.step(), batch));
  }

  /** A batch in a lower precision gave values that are not finite. */
  public void overflowed() {
    tape.heard(new Signal.Overflowed());
    decided(controller.overflowed(log.step()));
  }

  /** The model cannot run in the lower precision. */
  public void refused(String why) {
    tape.heard(new Signal.PrecisionRefused(why));
    decided(controller.refused(log.step(), why));
  }

  /** Where nothing is chosen, what happens with each batch changes nothing. */
  private boolean isTaped() {
    return tape.isRunning() && controller.isChoosing();
  }

  private void decided(List<Decision> decisions) {
    if (!decisions.isEmpty()) {
      tape.decided(decisions);
    }
    log.decided(decisions);
  }
}
