package io.smartops.control;

/** Arithmetic of a model's forward and backward pass. Parameters are float32 in each. */
public enum Precision {
  /** Single precision: what plain DJL does. */
  FP32("float32"),
  /** Single precision whose matrix products drop mantissa bits; NVIDIA GPUs from Ampere on. */
  TF32("TF32"),
  /** bfloat16 where libtorch's autocast has it, float32 elsewhere. */
  BF16("bfloat16"),
  /** float16 where libtorch's autocast has it, float32 elsewhere; needs a loss scale. */
  FP16("float16"),
  /**
   * Single precision; images go in with the channels of each pixel together, the order that PyTorch
   * calls channels last. Sums are taken in another order, so that results differ as float32 rounds.
   */
  FP32_CHANNELS_LAST("float32 channels last");

  private final String label;

  Precision(String label) {
    this.label = label;
  }

  /** The field's own word for it, for logs and reports. */
  public String label() {
    return label;
  }

  /** Whether arrays of 16 bits occur. */
  public boolean isHalf() {
    return this == BF16 || this == FP16;
  }

  /** Whether small gradients vanish unless the loss is scaled up. */
  public boolean needsLossScale() {
    return this == FP16;
  }
}
