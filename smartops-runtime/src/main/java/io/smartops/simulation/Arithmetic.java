package io.smartops.simulation;

/** Arithmetic of the model's forward and backward pass. */
public enum Arithmetic {
  /** 32 bits a value. */
  SINGLE,
  /** 16 bits a value. */
  HALF
}
