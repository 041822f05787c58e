package io.smartops.simulation;

import java.util.List;

/**
 * What makes a device other than its figures.
 *
 * @param noise standard deviation of ln(time) of a micro-batch
 * @param spikes share of micro-batches that take {@link #SPIKE} times as long
 * @param drift relative amplitude of a slow swing of speed
 * @param driftSteps logical steps of one swing
 * @param throttleFrom logical step from which the device is hot and clocks are lowered
 * @param throttle factor in time once it is fully hot
 * @param fragmentation share of the allocator's kept blocks that another size cannot use
 * @param blindReadings share of memory readings that are missing
 * @param staleReadings share of memory readings that repeat the one before
 * @param suddenFailures share of logical steps in which memory runs out once without a reason
 * @param neighbours other processes
 */
public record Disturbance(
    double noise,
    double spikes,
    double drift,
    double driftSteps,
    long throttleFrom,
    double throttle,
    double fragmentation,
    double blindReadings,
    double staleReadings,
    double suddenFailures,
    List<Neighbour> neighbours) {

  /** How much longer a disturbed micro-batch takes. */
  static final double SPIKE = 2.5;

  /** Logical steps in which a device becomes hot. */
  static final double HEATING_STEPS = 60;

  /** A device on its own, always the same. */
  public static final Disturbance NONE =
      new Disturbance(0, 0, 0, 1, Long.MAX_VALUE, 1, 0, 0, 0, 0, List.of());

  /** Factor in time at {@code step}, but for noise. */
  double slowdown(long step) {
    double swing = 1 + drift * Math.sin(2 * Math.PI * step / driftSteps);
    double heat = Math.min(1, Math.max(0, step - (double) throttleFrom) / HEATING_STEPS);
    double others = 1;
    for (Neighbour neighbour : neighbours) {
      others *= neighbour.isThere(step) ? neighbour.slowdown() : 1;
    }
    return swing * (1 + heat * (throttle - 1)) * others;
  }

  /** The mean of a micro-batch's noise. */
  double meanNoise() {
    return Math.exp(noise * noise / 2) * (1 + spikes * (SPIKE - 1));
  }

  double neighbourBytes(long step) {
    double bytes = 0;
    for (Neighbour neighbour : neighbours) {
      bytes += neighbour.isThere(step) ? neighbour.bytes() : 0;
    }
    return bytes;
  }
}
