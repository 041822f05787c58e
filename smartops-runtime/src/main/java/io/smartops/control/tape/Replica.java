package io.smartops.control.tape;

import io.smartops.control.Decision;
import java.util.List;

/** A controller that is told again what another one was told. */
@FunctionalInterface
public interface Replica {

  /**
   * Tells it something.
   *
   * @param step the logical step in which that happened, counted from 1
   * @param signal what happened
   * @return what it decides
   */
  List<Decision> tell(long step, Signal signal);
}
