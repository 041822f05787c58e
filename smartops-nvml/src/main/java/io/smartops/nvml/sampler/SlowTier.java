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

  private static final Set<NvmlStatus> LACKING =
      EnumSet.of(NvmlStatus.NOT_SUPPORTED, NvmlStatus.FUNCTION_NOT_FOUND);

  private final GpuDevice device;
  private Reading<GpmSession> gpm;
  private Reading<GpuEvents> events;
  private Reading<Long> lastXid;

  SlowTier(GpuDevice device) {
    this(device, Reading.absent(NvmlStatus.NO_DATA, "Xid"));
  }

  private SlowTier(GpuDevice device, Reading<Long> lastXid) {
    this.lastXid = lastXid;
    this.device = device;
    this.gpm = openGpm(device);
    this.events = watch(device);
  }

  private static Reading<GpmSession> openGpm(GpuDevice device) {
    return device
        .supportsGpm()
        .flatMap(
            supported ->
                supported ? device.openGpm() : Reading.absent(NvmlStatus.NOT_SUPPORTED, "GPM"));
  }

  private static Reading<GpuEvents> watch(GpuDevice device) {
    return device.watch(EnumSet.of(EventType.XID_CRITICAL));
  }

  /** Opens what could not be opened before, unless the card or the driver has no such thing. */
  void reopen() {
    gpm = mayOpenYet(gpm) ? openGpm(device) : gpm;
    events = mayOpenYet(events) ? watch(device) : events;
  }

  private static boolean mayOpenYet(Reading<?> opened) {
    return !opened.isPresent() && !LACKING.contains(opened.status());
  }

  /** The same for a device that came back under another handle; its last error stays known. */
  SlowTier of(GpuDevice found) {
    return new SlowTier(found, lastXid);
  }

  /** What is left of a device that is lost: the error that may tell why. */
  SlowReadings lost(NvmlStatus status) {
    return SlowReadings.absent(status, xid());
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
