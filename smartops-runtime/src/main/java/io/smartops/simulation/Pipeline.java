package io.smartops.simulation;

/**
 * The data pipeline that feeds the device.
 *
 * @param buildNanos mean time in which one thread builds a batch
 * @param spread standard deviation of ln(build time)
 * @param busyCores processor cores that one build keeps busy, 0 to 1
 * @param cores processor cores of the host
 * @param batchBytes memory of a batch
 * @param capBytes the most memory of batches built ahead
 */
public record Pipeline(
    double buildNanos, double spread, double busyCores, int cores, long batchBytes, long capBytes) {

  /** Workers that may be had, at most. */
  public static final int MOST_WORKERS = 64;

  /** Time to hand over a batch that was built by another thread. */
  public static final long HAND_OVER_NANOS = 20_000;

  /** Batches a nanosecond that so many workers build, on average. */
  double rate(int workers) {
    double atOnce = busyCores > 0 ? Math.min(workers, cores / busyCores) : workers;
    return Math.min(atOnce, Math.max(1, (double) capBytes / batchBytes)) / buildNanos;
  }
}
