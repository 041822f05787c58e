package io.smartops.control.tape;

import io.smartops.control.BatchController;
import io.smartops.control.Decision;
import java.util.List;

/** A controller of micro-batches that is told again what another one was told. */
record BatchReplica(BatchController controller) implements Replica {
  @Override
  public List<Decision> tell(long step, Signal signal) {
    return Telling.tell(controller, step, signal);
  }

  @Override
  public Replica inLowerPrecision(long moreBytes) {
    return new BatchReplica(controller.startingHere(moreBytes));
  }
}
