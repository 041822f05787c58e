package io.smartops.nvml.driver;

import io.smartops.nvml.reading.GpmMetric;
import io.smartops.nvml.reading.GpmValue;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.util.Map;
import java.util.Set;

/** Two samples of a device's performance counters. Confined to one thread at a time. */
public interface GpmSource extends AutoCloseable {

  /** Takes a sample; what was the latest becomes the previous. */
  NvmlStatus advance();

  /** Metrics between the previous sample and the latest. */
  Reading<Map<GpmMetric, Reading<GpmValue>>> metrics(Set<GpmMetric> metrics);

  @Override
  void close();
}
