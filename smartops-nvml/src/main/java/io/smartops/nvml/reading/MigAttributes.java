package io.smartops.nvml.reading;

/** What a MIG device was given. */
public record MigAttributes(
    int multiprocessors,
    int copyEngines,
    int decoders,
    int encoders,
    int jpegEngines,
    int opticalFlowEngines,
    int gpuInstanceSlices,
    int computeInstanceSlices,
    long memoryBytes) {

  /** The profile's usual name, as {@code 3g.40gb}. */
  public String profile() {
    String memory = Math.round(memoryBytes / (double) (1L << 30)) + "gb";
    String gpu = gpuInstanceSlices + "g." + memory;
    return computeInstanceSlices == gpuInstanceSlices ? gpu : computeInstanceSlices + "c." + gpu;
  }
}
