package io.smartops.nvml.sampler;

import io.smartops.nvml.GpmSession;
import io.smartops.nvml.GpuDevice;
import io.smartops.nvml.GpuEvents;
import io.smartops.nvml.reading.ClockType;
import io.smartops.nvml.reading.Engine;
import io.smartops.nvml.reading.EngineUtilization;
import io.smartops.nvml.reading.EventType;
import io.smartops.nvml.reading.GpmMetric;
import io.smartops.nvml.reading.GpuEvent;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Reads the slow tier of one device. Confined to the driver's thread. */
final class SlowTier implements AutoCloseable {
  private static final Set<GpmMetric> METRICS =
      EnumSet.of(
          GpmMetric.GRAPHICS_ACTIVE,
          GpmMetric.SM_ACTIVE,
          GpmMetric.SM_OCCUPANCY,
          GpmMetric.TENSOR_ACTIVE,
          GpmMetric.DRAM_BANDWIDTH,
          GpmMetric.PCIE_TRANSMIT,
          GpmMetric.PCIE_RECEIVE,
          GpmMetric.NVLINK_TRANSMIT,
          GpmMetric.NVLINK_RECEIVE);

  private final GpuDevice device;
  private final Reading<GpmSession> gpm;
  private final Reading<GpuEvents> events;
  private Reading<Long> lastXid = Reading.absent(NvmlStatus.NO_DATA, "Xid");

  SlowTier(GpuDevice device) {
    this.device = device;
    this.gpm =
        device
            .supportsGpm()
            .flatMap(
                supported ->
                    supported ? device.openGpm() : Reading.absent(NvmlStatus.NOT_SUPPORTED, "GPM"));
    this.events = device.watch(EnumSet.of(EventType.XID_CRITICAL));
  }

  SlowReadings read() {
    return new SlowReadings(
        device.temperatureCelsius(),
        device.memoryTemperatureCelsius(),
        device.powerMilliwatts(),
        device.enforcedPowerLimitMilliwatts(),
        device.energyMillijoules(),
        device.clockMegahertz(ClockType.SM),
        device.clockMegahertz(ClockType.MEMORY),
        device.throttleReasons(),
        device.performanceState(),
        device.utilization(Engine.ENCODER).map(EngineUtilization::percent),
        device.utilization(Engine.DECODER).map(EngineUtilization::percent),
        gpm.flatMap(session -> session.read(METRICS)),
        xid());
  }

  /** The newest code stays: an error that nobody saw must not vanish with the next reading. */
  private Reading<Long> xid() {
    Reading<List<GpuEvent>> polled = events.flatMap(GpuEvents::poll);
    for (GpuEvent event : polled.orElse(List.of())) {
      event.xid().ifPresent(code -> lastXid = Reading.of(code));
    }
    return lastXid.isPresent() ? lastXid : polled.flatMap(none -> lastXid);
  }

  @Override
  public void close() {
    gpm.toOptional().ifPresent(GpmSession::close);
    events.toOptional().ifPresent(GpuEvents::close);
  }
}
