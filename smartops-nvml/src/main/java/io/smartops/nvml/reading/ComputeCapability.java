package io.smartops.nvml.reading;

/** CUDA compute capability, as 9.0. */
public record ComputeCapability(int major, int minor) {
  @Override
  public String toString() {
    return major + "." + minor;
  }
}
