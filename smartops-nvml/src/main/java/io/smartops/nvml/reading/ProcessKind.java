package io.smartops.nvml.reading;

/** The lists in which NVML keeps processes. */
public enum ProcessKind {
  COMPUTE,
  GRAPHICS,
  MPS_COMPUTE
}
