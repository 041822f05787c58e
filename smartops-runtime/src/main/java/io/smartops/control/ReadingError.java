package io.smartops.control;

/**
 * How far readings of memory lie from what the law said before, so that a law which is always right
 * need not keep clear of errors that never come.
 *
 * <p>Formula: twice the greatest relative error lately seen, within {@link #LEAST} and {@link
 * MemoryLaw#NOISE}; it decays by {@link #FORGETTING} a reading. Until {@link #LEAST_READINGS} in a
 * row lie within {@link MemoryLaw#NOISE}, that is assumed. Not thread-safe.
 */
final class ReadingError {

  /** Readings in a row that must agree with the law before it is believed to be closer. */
  static final int LEAST_READINGS = 8;

  /** No law is believed to be closer than this. */
  static final double LEAST = 0.005;

  /** Share of the greatest error that each further reading takes off. */
  static final double FORGETTING = 0.02;

  private static final double SAFETY = 2;

  private int agreeing;
  private double greatest;

  /** A reading, and what the law said of it. */
  void add(double bytes, double predicted) {
    double error = Math.abs(bytes / predicted - 1);
    agreeing = error <= MemoryLaw.NOISE ? Math.min(agreeing + 1, LEAST_READINGS) : 0;
    greatest = Math.max(error, greatest * (1 - FORGETTING));
  }

  /** The relative error to be reckoned with. */
  double bound() {
    return agreeing < LEAST_READINGS
        ? MemoryLaw.NOISE
        : Math.max(LEAST, Math.min(SAFETY * greatest, MemoryLaw.NOISE));
  }

  void forget() {
    agreeing = 0;
    greatest = 0;
  }
}
