package io.smartops.loop;

import io.smartops.control.Decision;
import io.smartops.control.MicroBatchController;
import io.smartops.control.tape.Signal;
import io.smartops.control.tape.Tape;
import java.util.List;
import java.util.OptionalLong;

/**
 * Tells a controller of micro-batches what happens, and has it taken down.
 *
 * <p>Times are left out: this controller does not look at them, and without them most batches at
 * rest are the same as the one before.
 *
 * @param tape takes it down
 */
record BatchTape(Tape tape) {

  List<Decision> begin(
      MicroBatchController controller, long step, int samples, OptionalLong headroomBytes) {
    if (tape.isRunning()) {
      tape.heard(new Signal.BatchBegan(samples, headroomBytes));
    }
    return decided(controller.begin(step, samples, headroomBytes));
  }

  List<Decision> headroom(MicroBatchController controller, OptionalLong headroomBytes) {
    if (tape.isRunning()) {
      tape.heard(new Signal.HeadroomRead(headroomBytes));
    }
    return decided(controller.headroom(headroomBytes));
  }

  List<Decision> done(
      MicroBatchController controller, int samples, OptionalLong growthBytes, long nanos) {
    if (tape.isRunning()) {
      tape.heard(new Signal.MicroBatchDone(samples, growthBytes, 0));
    }
    return decided(controller.done(samples, growthBytes, nanos));
  }

  List<Decision> outOfMemory(
      MicroBatchController controller, int samples, OptionalLong headroomBytes) {
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
