package io.smartops.report.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.smartops.report.history.RunHistory;
import java.util.ArrayList;
import java.util.List;

/**
 * The run's metrics in a registry of the user's, as {@code smartops.samples.per.second} and so on.
 * A value that is not known is NaN, which is Micrometer's own word for it. Closing takes them out
 * again.
 */
public final class MicrometerMetrics implements AutoCloseable {
  private final MeterRegistry registry;
  private final List<Meter> meters = new ArrayList<>();

  /**
   * Registers the metrics.
   *
   * @param run name of the run, for the tag {@code run}
   */
  public MicrometerMetrics(MeterRegistry registry, RunHistory history, String run) {
    this.registry = registry;
    for (RunMetric metric : RunMetric.values()) {
      meters.add(register(metric, history, Tags.of("run", run)));
    }
  }

  private Meter register(RunMetric metric, RunHistory history, Tags tags) {
    String name = metric.baseName().replace('_', '.');
    return metric.isCounter()
        ? FunctionCounter.builder(name, history, h -> metric.read(h).orElse(0))
            .description(metric.help())
            .tags(tags)
            .register(registry)
        : Gauge.builder(name, history, h -> metric.read(h).orElse(Double.NaN))
            .description(metric.help())
            .tags(tags)
            .strongReference(true)
            .register(registry);
  }

  @Override
  public void close() {
    meters.forEach(registry::remove);
  }
}
