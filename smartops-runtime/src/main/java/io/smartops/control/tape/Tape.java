package io.smartops.control.tape;

import io.smartops.control.Decision;
import java.util.List;

/**
 * Takes down what one controller is told, in order and before the controller hears it.
 *
 * <p>For the thread that the controller belongs to.
 */
public interface Tape {

  /** Nothing is taken down, and nothing need be made to be. */
  Tape NONE =
      new Tape() {
        @Override
        public boolean isRunning() {
          return false;
        }

        @Override
        public void heard(Signal signal) {}

        @Override
        public void decided(List<Decision> decisions) {}
      };

  /** Whether signals are taken down. */
  boolean isRunning();

  /** The controller is about to be told this. */
  void heard(Signal signal);

  /** The latest signal made the controller take these decisions; they are about to be announced. */
  void decided(List<Decision> decisions);
}
