package io.smartops.control.tape;

import java.util.function.LongSupplier;

/** Where tapes come from. Thread-safe. */
@FunctionalInterface
public interface Tapes {

  /** None is running. */
  Tapes NONE = (name, setup, step) -> Tape.NONE;

  /**
   * A tape for one controller that has not been told anything yet.
   *
   * @param name what the controller is for, in words
   * @param setup what it was made from
   * @param step the logical step that is being computed
   */
  Tape open(String name, Setup setup, LongSupplier step);
}
