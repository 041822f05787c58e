package io.smartops.benchmarks.step;

import java.util.List;
import org.apache.commons.math3.distribution.BinomialDistribution;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;

/**
 * Median, quartiles and an interval for the median that assumes nothing of how values are
 * distributed: for n values, those of rank k and n + 1 − k enclose the true median with a
 * probability of {@code 1 − 2·P(B(n, ½) < k)}.
 *
 * @param median the median
 * @param lowerQuartile a quarter of the values is below
 * @param upperQuartile a quarter of the values is above
 * @param lowerBound lower end of the interval for the median
 * @param upperBound upper end of the interval for the median
 */
record Spread(
    double median,
    double lowerQuartile,
    double upperQuartile,
    double lowerBound,
    double upperBound) {
  /** The interval holds the true median with at least this probability. */
  static final double CONFIDENCE = 0.95;

  static Spread of(List<Double> values) {
    DescriptiveStatistics statistics = new DescriptiveStatistics();
    values.forEach(statistics::addValue);
    int n = values.size();
    double[] sorted = statistics.getSortedValues();
    int below = new BinomialDistribution(n, 0.5).inverseCumulativeProbability((1 - CONFIDENCE) / 2);
    int outside = Math.max(0, below - 1);
    return new Spread(
        statistics.getPercentile(50),
        statistics.getPercentile(25),
        statistics.getPercentile(75),
        sorted[outside],
        sorted[n - 1 - outside]);
  }
}
