package io.smartops.control.tape;

import io.smartops.control.Decision;
import java.util.List;

/** A controller that is told again what another one was told. */
public interface Replica {

  /**
   * Tells it something.
   *
   * @param step the logical step in which that happened, counted from 1
   * @param signal what happened
   * @return what it decides
   */
  List<Decision> tell(long step, Signal signal);

  /**
   * One that begins where this one is, for micro-batches that take so many bytes more.
   *
   * @throws IllegalArgumentException if that is none of micro-batches
   */
  default Replica inLowerPrecision(long moreBytes) {
    throw new IllegalArgumentException("only controllers of micro-batches have a lower precision");
  }
}
