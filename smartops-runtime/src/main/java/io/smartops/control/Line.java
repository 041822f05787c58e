package io.smartops.control;

import java.util.List;

/**
 * An affine law of memory growth, {@code fixed + perSample · size}.
 *
 * @param fixed bytes that a micro-batch takes whatever its size
 * @param perSample bytes that each sample adds
 */
record Line(double fixed, double perSample) {

  /** Below this share of its scale a determinant means that all sizes are the same. */
  private static final double SINGULAR = 1e-12;

  /** Bytes for a micro-batch of {@code size} samples. */
  double at(double size) {
    return fixed + perSample * size;
  }

  /** The size that takes {@code bytes}; infinite where a sample takes nothing. */
  double inverse(double bytes) {
    if (perSample == 0) {
      return fixed <= bytes ? Double.POSITIVE_INFINITY : 0;
    }
    return (bytes - fixed) / perSample;
  }

  /** The largest relative distance of the law from a reading. */
  double worstError(List<Reading> readings) {
    return readings.stream()
        .mapToDouble(r -> Math.abs(at(r.size()) / r.bytes() - 1))
        .max()
        .orElse(0);
  }

  static Line through(double size, double bytes, double otherSize, double otherBytes) {
    double slope = (otherBytes - bytes) / (otherSize - size);
    return new Line(bytes - slope * size, slope);
  }

  /**
   * Least squares of the relative errors, with {@code fixed >= 0} and {@code perSample >= 0}; where
   * all readings have one size, the proportional law.
   */
  static Line fit(List<Reading> readings) {
    double xx = 0;
    double xy = 0;
    double yy = 0;
    double x = 0;
    double y = 0;
    for (Reading reading : readings) {
      double u = 1 / reading.bytes();
      double v = reading.size() / reading.bytes();
      xx += u * u;
      xy += u * v;
      yy += v * v;
      x += u;
      y += v;
    }
    double determinant = xx * yy - xy * xy;
    if (determinant <= SINGULAR * xx * yy) {
      return new Line(0, y / yy);
    }
    double fixed = (x * yy - y * xy) / determinant;
    double perSample = (y * xx - x * xy) / determinant;
    if (fixed < 0) {
      return new Line(0, y / yy);
    }
    return perSample < 0 ? new Line(x / xx, 0) : new Line(fixed, perSample);
  }
}
