package io.smartops.nvml.driver;

import io.smartops.nvml.reading.GpuEvent;
import io.smartops.nvml.reading.Reading;
import java.util.List;

/** Events of a device. Confined to one thread at a time. */
public interface EventSource extends AutoCloseable {

  /** The events since the last call; returns at once, with an empty list when there are none. */
  Reading<List<GpuEvent>> poll();

  @Override
  void close();
}
