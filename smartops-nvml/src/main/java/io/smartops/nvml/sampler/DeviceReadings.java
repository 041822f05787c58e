package io.smartops.nvml.sampler;

import io.smartops.nvml.reading.NvmlStatus;

/** The newest readings of one device, by tier; each tier is as old as its cadence at most. */
public record DeviceReadings(
    DeviceIdentity device, FastReadings fast, SlowReadings slow, RareReadings rare) {

  DeviceReadings absent(NvmlStatus status) {
    return new DeviceReadings(
        device,
        FastReadings.absent(status),
        SlowReadings.absent(status),
        RareReadings.absent(status));
  }
}
