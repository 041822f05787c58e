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

        @Override
        public Tape inLowerPrecision(String name, long moreBytes) {
          return this;
        }
      };

  /** Whether signals are taken down. */
  boolean isRunning();

  /** The controller is about to be told this. */
  void heard(Signal signal);

  /** The latest signal made the controller take these decisions; they are about to be announced. */
  void decided(List<Decision> decisions);

  /**
   * A tape for the controller that {@code BatchController.startingHere} makes of this one's.
   *
   * @param name what it is for, in words
   * @param moreBytes what a micro-batch takes besides
   */
  Tape inLowerPrecision(String name, long moreBytes);
}
