package io.smartops.nvml;

import io.smartops.nvml.driver.DeviceQueries;
import io.smartops.nvml.reading.FieldId;
import io.smartops.nvml.reading.FieldRequest;
import io.smartops.nvml.reading.P2pCapability;
import io.smartops.nvml.reading.P2pStatus;
import io.smartops.nvml.reading.PciAddress;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.TopologyLevel;

/**
 * A device's place among others: PCIe topology, peer-to-peer, NVLink. Immutable and thread-safe.
 */
public final class GpuLinks {
  /** Scope of an NVLink field that stands for all links. */
  private static final int ALL_LINKS = -1;

  private final GpuDevice device;

  GpuLinks(GpuDevice device) {
    this.device = device;
  }

  /** How near another device is. */
  public Reading<TopologyLevel> topology(GpuDevice other) {
    return device.read(DeviceQueries.topology(other.handle()));
  }

  /** Whether the device reaches another one's memory. */
  public Reading<P2pStatus> p2p(GpuDevice other, P2pCapability capability) {
    return device.read(DeviceQueries.p2p(other.handle(), capability));
  }

  /** Whether an NVLink is up. */
  public Reading<Boolean> nvLinkActive(int link) {
    return device.read(DeviceQueries.nvLinkActive(link));
  }

  /** Version code of an NVLink. */
  public Reading<Integer> nvLinkVersion(int link) {
    return device.read(DeviceQueries.nvLinkVersion(link));
  }

  /** What is at the other end of an NVLink. */
  public Reading<PciAddress> nvLinkRemote(int link) {
    return device.read(DeviceQueries.nvLinkRemote(link));
  }

  /** Data that went out over NVLink since some time in the past, in KiB, over all links. */
  public Reading<Long> nvLinkTransmitKibibytes() {
    return nvLinkTotal(FieldId.NVLINK_TRANSMIT_KIBIBYTES);
  }

  /** Data that came in over NVLink since some time in the past, in KiB, over all links. */
  public Reading<Long> nvLinkReceiveKibibytes() {
    return nvLinkTotal(FieldId.NVLINK_RECEIVE_KIBIBYTES);
  }

  private Reading<Long> nvLinkTotal(int id) {
    return device.field(new FieldRequest(id, ALL_LINKS)).map(Number::longValue);
  }
}
