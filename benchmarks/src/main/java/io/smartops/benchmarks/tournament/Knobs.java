package io.smartops.benchmarks.tournament;

import io.smartops.simulation.Arithmetic;
import io.smartops.simulation.Scenario;

/**
 * The knobs that a rival does not turn itself.
 *
 * @param arithmetic in which the model trains
 * @param workers threads that build batches; none: the training thread does
 */
record Knobs(Arithmetic arithmetic, int workers) {

  /** A user who knows that the model trains in half precision, and takes a worker for each core. */
  static Knobs byHand(Scenario scenario) {
    return new Knobs(fastest(scenario), scenario.pipeline().cores());
  }

  /**
   * What Lightning ({@code precision="32-true"}), Accelerate ({@code mixed_precision="no"}),
   * AdaptDL (PyTorch's float32), Keras ({@code float32}) and DJL do unless told otherwise, with the
   * data of PyTorch's {@code DataLoader} ({@code num_workers=0}) or of a DJL dataset without an
   * executor.
   */
  static Knobs asShipped(Scenario scenario) {
    return new Knobs(Arithmetic.SINGLE, 0);
  }

  /**
   * Composer's trainer: {@code amp_fp16} on a card, {@code fp32} on a host. Where the model does
   * not train in half precision, its user has found that out and turned it off.
   */
  static Knobs asComposerShips(Scenario scenario) {
    boolean card = !scenario.device().isHost();
    return new Knobs(card ? fastest(scenario) : Arithmetic.SINGLE, 0);
  }

  /** The lowest precision that the model trains in. */
  static Arithmetic fastest(Scenario scenario) {
    return scenario.work().allowsHalf() ? Arithmetic.HALF : Arithmetic.SINGLE;
  }
}
