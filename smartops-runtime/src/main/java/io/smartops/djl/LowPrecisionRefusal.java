package io.smartops.djl;

/** A model cannot run in a lower precision. Its message is the reason, without a full stop. */
final class LowPrecisionRefusal extends RuntimeException {
  private static final long serialVersionUID = 1;

  LowPrecisionRefusal(String reason) {
    super(reason);
  }
}
