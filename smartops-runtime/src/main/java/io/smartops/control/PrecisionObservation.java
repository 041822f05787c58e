package io.smartops.control;

import java.util.OptionalDouble;

/**
 * A logical batch that got through.
 *
 * @param precision the precision it was computed in
 * @param samples its samples
 * @param nanos wall-clock time of its forward and backward passes
 * @param comparable whether that time is like others': no failure, no slow start, no comparison
 * @param loss its loss, where known and computed in a lower precision
 */
public record PrecisionObservation(
    Precision precision, int samples, long nanos, boolean comparable, OptionalDouble loss) {

  double nanosPerSample() {
    return (double) nanos / samples;
  }
}
