package io.smartops.examples;

import ai.djl.training.optimizer.Adam;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

/** The optimizer that the jobs share. */
final class Optimizers {
  /** The last learning rate is this part of the first. */
  private static final float DECAY = 20;

  private Optimizers() {}

  /** Adam, whose learning rate falls along a cosine over {@code steps} steps. */
  static Optimizer adam(float learningRate, int steps) {
    Tracker falling =
        Tracker.cosine()
            .setBaseValue(learningRate)
            .optFinalValue(learningRate / DECAY)
            .setMaxUpdates(steps)
            .build();
    return Adam.builder().optLearningRateTracker(falling).build();
  }
}
