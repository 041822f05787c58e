package io.smartops;

/**
 * Which arithmetic the model's forward and backward pass may use. Parameters, optimizer state,
 * predictions, losses and evaluation are float32 in each.
 *
 * <p>A fixed precision that cannot be had here (on this device, or for this model) is not an error:
 * training goes on in float32, and the log and the journal say why.
 */
public enum PrecisionPolicy {
  /**
   * The default: the runtime chooses among the precisions that it can show to be safe and faster
   * here; on the CPU that includes float32 with the channels of images last in memory, which rounds
   * in another order. Results may differ from plain DJL's as the lower precision rounds, and since
   * the choice rests on measured time, from run to run.
   */
  AUTO,
  /** Single precision throughout: results are those of plain DJL, which is tested. */
  FP32,
  /** Matrix products with TF32 on NVIDIA GPUs from Ampere on. */
  TF32,
  /** bfloat16 by libtorch's autocast, whether or not it is faster here. */
  BF16,
  /** float16 by libtorch's autocast, with a loss scale; meant for NVIDIA GPUs. */
  FP16
}
