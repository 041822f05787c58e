package io.smartops.control;

import java.util.ArrayList;
import java.util.List;

/**
 * The set of all affine laws {@code a + b·m} with {@code a, b >= 0} that agree with every reading
 * within a relative error ε.
 *
 * <p>Formula: each reading g(mᵢ) allows {@code gᵢ(1−ε) <= a + b·mᵢ <= gᵢ(1+ε)}; together with
 * {@code a >= 0} and {@code b >= 0} the laws left over form a convex polygon in the (a, b) plane. A
 * prediction is linear in (a, b), so its greatest and least values over the polygon lie at corners.
 *
 * <p>Regimes: with a single reading the greatest law is proportional above it and constant below
 * it; with several, the band is narrow between the readings and opens outside of them, the faster
 * the closer together the sizes were.
 *
 * <p>Source: set-membership identification (bounded-error estimation), as in Milanese and Vicino,
 * "Optimal estimation theory for dynamic systems with set membership uncertainty", 1991.
 *
 * <p>Immutable. Questions allocate nothing: they are asked at each step.
 */
final class Band {

  /** Slack for rounding when a corner is tested against the constraints that made it. */
  private static final double ROUNDING = 1e-9;

  private final Line[] corners;

  /**
   * @param readings at least one
   * @param inside a law that agrees with the readings within {@code error}
   * @param error relative error ε, below 1
   */
  Band(List<Reading> readings, Line inside, double error) {
    List<Line> found = new ArrayList<>();
    found.add(inside);
    for (Line candidate : crossings(readings, error)) {
      if (agrees(candidate, readings, error)) {
        found.add(candidate);
      }
    }
    corners = found.toArray(Line[]::new);
  }

  /** The most that any law of the band predicts. */
  double upper(double size) {
    double most = Double.NEGATIVE_INFINITY;
    for (Line corner : corners) {
      most = Math.max(most, corner.at(size));
    }
    return most;
  }

  /** The least that any law of the band predicts. */
  double lower(double size) {
    double least = Double.POSITIVE_INFINITY;
    for (Line corner : corners) {
      least = Math.min(least, corner.at(size));
    }
    return least;
  }

  /**
   * The largest size for which every law of the band stays within {@code bytes}; may be below 1.
   */
  double largest(double bytes) {
    double least = Double.POSITIVE_INFINITY;
    for (Line corner : corners) {
      least = Math.min(least, corner.inverse(bytes));
    }
    return least;
  }

  private static List<Line> crossings(List<Reading> readings, double error) {
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < readings.size(); i++) {
      Reading first = readings.get(i);
      for (double v : edges(first, error)) {
        lines.add(new Line(0, v / first.size()));
        lines.add(new Line(v, 0));
        for (Reading second : readings.subList(i + 1, readings.size())) {
          for (double w : edges(second, error)) {
            lines.add(Line.through(first.size(), v, second.size(), w));
          }
        }
      }
    }
    return lines;
  }

  private static double[] edges(Reading reading, double error) {
    return new double[] {reading.bytes() * (1 - error), reading.bytes() * (1 + error)};
  }

  private static boolean agrees(Line line, List<Reading> readings, double error) {
    double slack = error + ROUNDING;
    return line.fixed() >= 0
        && line.perSample() >= 0
        && readings.stream().allMatch(r -> Math.abs(line.at(r.size()) / r.bytes() - 1) <= slack);
  }
}
