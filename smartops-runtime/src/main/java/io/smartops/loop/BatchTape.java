package io.smartops.loop;

import io.smartops.control.BatchController;
import io.smartops.control.Decision;
import io.smartops.control.tape.Signal;
import io.smartops.control.tape.Tape;
import java.util.List;
import java.util.OptionalLong;

/**
 * Tells a controller of micro-batches what happens, and has it taken down.
 *
 * <p>Times are left out where the controller does not look at them: without them most batches at
 * rest are the same as the one before.
 *
 * @param tape takes it down
 */
record BatchTape(Tape tape) {

  List<Decision> begin(
      BatchController controller,
      long step,
      int samples,
      OptionalLong headroomBytes,
      boolean mayTry) {
    if (tape.isRunning()) {
      tape.heard(new Signal.BatchBegan(samples, headroomBytes, mayTry));
    }
    return decided(controller.begin(step, samples, headroomBytes, mayTry));
  }

  void whole(BatchController controller, OptionalLong needsBytes, long roomBytes) {
    if (tape.isRunning()) {
      tape.heard(new Signal.WholeReckoned(needsBytes, roomBytes));
    }
    controller.whole(needsBytes, roomBytes);
  }

  void startWith(BatchController controller, int samples) {
    if (tape.isRunning()) {
      tape.heard(new Signal.StartedWith(samples));
    }
    controller.startWith(samples);
  }

  List<Decision> headroom(BatchController controller, OptionalLong headroomBytes) {
    if (tape.isRunning()) {
      tape.heard(new Signal.HeadroomRead(headroomBytes));
    }
    return decided(controller.headroom(headroomBytes));
  }

  List<Decision> done(
      BatchController controller, int samples, OptionalLong growthBytes, long nanos) {
    long told = controller.looksAtTimes() ? nanos : 0;
    if (tape.isRunning()) {
      tape.heard(new Signal.MicroBatchDone(samples, growthBytes, told));
    }
    return decided(controller.done(samples, growthBytes, told));
  }

  /** A batch's end means nothing to a controller that tries nothing. */
  List<Decision> batchDone(BatchController controller, long nanos) {
    if (!controller.isTrying()) {
      return List.of();
    }
    if (tape.isRunning()) {
      tape.heard(new Signal.BatchDone(nanos));
    }
    return decided(controller.batchDone(nanos));
  }

  void neverSplitForSpeed(BatchController controller) {
    if (tape.isRunning()) {
      tape.heard(new Signal.SpeedGivenUp());
    }
    controller.neverSplitForSpeed();
  }

  List<Decision> outOfMemory(BatchController controller, int samples, OptionalLong headroomBytes) {
    if (tape.isRunning()) {
      tape.heard(new Signal.RanOutOfMemory(samples, headroomBytes));
    }
    return decided(controller.outOfMemory(samples, headroomBytes));
  }

  private List<Decision> decided(List<Decision> decisions) {
    if (!decisions.isEmpty()) {
      tape.decided(decisions);
    }
    return decisions;
  }
}
