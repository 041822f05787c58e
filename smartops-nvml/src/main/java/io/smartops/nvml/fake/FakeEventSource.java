package io.smartops.nvml.fake;

import io.smartops.nvml.driver.EventSource;
import io.smartops.nvml.reading.EventType;
import io.smartops.nvml.reading.GpuEvent;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** Keeps the events of a card until they are polled. */
final class FakeEventSource implements EventSource {
  private final FakeGpu gpu;
  private final Set<EventType> types;
  private final Object lock;
  private final List<GpuEvent> pending = new ArrayList<>();

  FakeEventSource(FakeGpu gpu, Set<EventType> types, Object lock) {
    this.gpu = gpu;
    this.types = types;
    this.lock = lock;
    gpu.watch(this);
  }

  void offer(GpuEvent event) {
    if (!Collections.disjoint(types, event.types())) {
      pending.add(event);
    }
  }

  @Override
  public Reading<List<GpuEvent>> poll() {
    synchronized (lock) {
      NvmlStatus fault = gpu.fault("nvmlEventSetWait");
      if (fault != NvmlStatus.SUCCESS) {
        return Reading.absent(fault, "nvmlEventSetWait");
      }
      List<GpuEvent> events = List.copyOf(pending);
      pending.clear();
      return Reading.of(events);
    }
  }

  @Override
  public void close() {
    synchronized (lock) {
      gpu.unwatch(this);
    }
  }
}
