package io.smartops.simulation;

/**
 * Another process on the device, for a while.
 *
 * @param fromStep logical step in which it comes
 * @param toStep logical step in which it is gone again
 * @param bytes memory that it takes
 * @param slowdown factor in the time of everything that runs beside it
 */
public record Neighbour(long fromStep, long toStep, double bytes, double slowdown) {

  boolean isThere(long step) {
    return step >= fromStep && step < toStep;
  }
}
