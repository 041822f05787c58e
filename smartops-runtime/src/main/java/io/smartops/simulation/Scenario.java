package io.smartops.simulation;

/**
 * A training run to be simulated. Equal scenarios give equal runs.
 *
 * @param device where it runs
 * @param work what is trained
 * @param pipeline what feeds it
 * @param disturbance what goes on besides
 * @param seed of everything random
 */
public record Scenario(
    DeviceProfile device, Workload work, Pipeline pipeline, Disturbance disturbance, long seed) {

  /** Share of a device's peak that kernels reach when they fill it. */
  static final double REACHED_SHARE = 0.45;

  /** How sharply a device fills up: 1 is a sum of both times, infinity the greater. */
  private static final double SHARPNESS = 4;

  /** Octaves over which a cache stops helping. */
  private static final double CLIFF_OCTAVES = 0.35;

  /** Passes over the model's memory in an optimizer step. */
  private static final double STEP_PASSES = 3;

  /** Time of a micro-batch's forward and backward pass, without any disturbance. */
  double microBatchNanos(int size, Arithmetic arithmetic) {
    double gain = gain(arithmetic);
    double perSample = 1e9 * work.flopsPerSample() / (REACHED_SHARE * device.singleFlops() * gain);
    double full = work.saturationSamples() * Math.sqrt(gain);
    double asIfSamples =
        Math.pow(Math.pow(size, SHARPNESS) + Math.pow(full, SHARPNESS), 1 / SHARPNESS);
    return (double) work.kernels() * device.launchNanos()
        + perSample * asIfSamples * cliff(size, arithmetic);
  }

  /** How many times as fast the arithmetic of a device that is full is. */
  private double gain(Arithmetic arithmetic) {
    double dense = device.flops(arithmetic) / device.singleFlops();
    return 1 / (work.denseShare() / dense + (1 - work.denseShare()) * width(arithmetic));
  }

  private double cliff(int size, Arithmetic arithmetic) {
    double bytes = size * work.cachedBytesPerSample() * width(arithmetic);
    double octaves = Math.log(bytes / device.cacheBytes()) / Math.log(2);
    return 1 + work.cliff() / (1 + Math.exp(-octaves / CLIFF_OCTAVES));
  }

  /** Time of the optimizer's step. */
  double stepNanos() {
    return 1e9 * STEP_PASSES * work.modelBytes() / device.bandwidth();
  }

  /** Memory that a micro-batch takes at its peak. */
  double growthBytes(int size, Arithmetic arithmetic) {
    return work.fixedBytes() + size * work.bytesPerSample() * width(arithmetic);
  }

  /** Memory that is free for a micro-batch at {@code step}, with nothing kept. */
  double freeBytes(long step) {
    return device.memoryBytes() - work.modelBytes() - disturbance.neighbourBytes(step);
  }

  private static double width(Arithmetic arithmetic) {
    return arithmetic == Arithmetic.SINGLE ? 1 : 0.5;
  }
}
