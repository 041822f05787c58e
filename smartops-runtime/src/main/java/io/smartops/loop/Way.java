package io.smartops.loop;

/** How a logical batch got through a step. */
public enum Way {
  /** In one piece. */
  WHOLE,
  /** In micro-batches, each with its own weighted loss and backward pass. */
  FUSED,
  /** In micro-batches, with a second forward pass once the gradient at the predictions is known. */
  TWO_PASS
}
