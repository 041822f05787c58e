package io.smartops;

/**
 * A step that was not applied, since its gradients overflowed in a lower precision: no parameter,
 * optimizer state or update count has changed, so a learning-rate schedule does not see it either.
 *
 * @param step the logical step that the next batch tries again, counted from 1
 * @param lossScale the loss scale under which it overflowed; 1 where none was in use
 * @param nextLossScale the loss scale from now on
 */
public record SkippedStep(long step, float lossScale, float nextLossScale) {}
