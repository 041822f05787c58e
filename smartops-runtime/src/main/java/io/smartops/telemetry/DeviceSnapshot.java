package io.smartops.telemetry;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One reading of a device. A figure that the system does not offer is absent, never zero or −1.
 *
 * @param usedBytes memory that this process holds now (resident memory on a host)
 * @param peakBytes the most that this process held since it started
 * @param reusableBytes part of {@code usedBytes} that the process has freed and its allocator keeps
 *     for the next request
 * @param allocatedBytes memory that the native allocator has handed out and not got back: the
 *     figure that rises and falls with tensors, whatever the allocator keeps
 * @param capacityBytes memory of the device, or of the cgroup where that is less
 * @param availableBytes memory that the device or cgroup can still give to anyone
 * @param hardHeadroomBytes bytes that this process can still map before a hard limit of its own (an
 *     address-space limit) makes an allocation fail
 * @param utilisation busy share of the device, 0 to 1, since the previous reading
 * @param cores processor cores that this process may use
 */
public record DeviceSnapshot(
    OptionalLong usedBytes,
    OptionalLong peakBytes,
    OptionalLong reusableBytes,
    OptionalLong allocatedBytes,
    OptionalLong capacityBytes,
    OptionalLong availableBytes,
    OptionalLong hardHeadroomBytes,
    OptionalDouble utilisation,
    OptionalInt cores) {

  /** A snapshot in which nothing could be read. */
  public static final DeviceSnapshot EMPTY =
      new DeviceSnapshot(
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalDouble.empty(),
          OptionalInt.empty());
}
