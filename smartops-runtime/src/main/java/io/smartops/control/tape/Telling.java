package io.smartops.control.tape;

import io.smartops.control.Amplifier;
import io.smartops.control.BatchController;
import io.smartops.control.Decision;
import io.smartops.control.LoaderController;
import io.smartops.control.PrecisionController;
import java.util.List;

/** Turns signals into the calls that they stand for. */
final class Telling {
  private Telling() {}

  static List<Decision> tell(BatchController controller, long step, Signal signal) {
    if (signal instanceof Signal.BatchBegan began) {
      return controller.begin(step, began.samples(), began.headroomBytes(), began.mayTry());
    }
    if (signal instanceof Signal.HeadroomRead read) {
      return controller.headroom(read.headroomBytes());
    }
    if (signal instanceof Signal.WholeReckoned reckoned) {
      controller.whole(reckoned.needsBytes(), reckoned.roomBytes());
      return List.of();
    }
    if (signal instanceof Signal.StartedWith started) {
      controller.startWith(started.samples());
      return List.of();
    }
    if (signal instanceof Signal.MicroBatchDone done) {
      return controller.done(done.samples(), done.growthBytes(), done.nanos());
    }
    if (signal instanceof Signal.RanOutOfMemory failed) {
      return controller.outOfMemory(failed.samples(), failed.headroomBytes());
    }
    if (signal instanceof Signal.BatchDone done) {
      return controller.batchDone(done.nanos());
    }
    if (signal instanceof Signal.SpeedGivenUp) {
      controller.neverSplitForSpeed();
      return List.of();
    }
    throw stranger(signal);
  }

  static List<Decision> tell(PrecisionController controller, long step, Signal signal) {
    if (signal instanceof Signal.BatchPlanned planned) {
      controller.planned(planned.microBatch(), planned.wanted());
      return List.of();
    }
    if (signal instanceof Signal.NotCompared failed) {
      return controller.notCompared(step, failed.why());
    }
    if (signal instanceof Signal.Compared compared) {
      return controller.compared(step, compared.agreement());
    }
    if (signal instanceof Signal.BatchComputed computed) {
      return controller.done(step, computed.batch());
    }
    if (signal instanceof Signal.Overflowed) {
      return controller.overflowed(step);
    }
    if (signal instanceof Signal.PrecisionRefused refused) {
      return controller.refused(step, refused.why());
    }
    throw stranger(signal);
  }

  static List<Decision> tell(LoaderController controller, Signal signal) {
    if (signal instanceof Signal.Delivered delivered) {
      return controller.observe(delivered.delivery());
    }
    throw stranger(signal);
  }

  static List<Decision> tell(Amplifier controller, long step, Signal signal) {
    if (signal instanceof Signal.Updated) {
      controller.updated();
      return List.of();
    }
    if (signal instanceof Signal.UpdatedFromSeveral several) {
      return controller.updated(
          step, several.samples(), several.batches(), several.firstSquared(), several.allSquared());
    }
    throw stranger(signal);
  }

  private static IllegalArgumentException stranger(Signal signal) {
    return new IllegalArgumentException("no signal for this controller: " + signal);
  }
}
