package io.smartops;

/** Which arithmetic the model's forward and backward pass may use. */
public enum PrecisionPolicy {
  /** Single precision throughout: results are those of plain DJL. */
  FP32,
  /** The runtime chooses among the precisions that it can show to be safe and faster here. */
  AUTO
}
