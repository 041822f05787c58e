package io.smartops.telemetry;

/**
 * A source of device readings: a GPU through NVML, or the host through procfs and cgroups.
 *
 * <p>{@link #read()} is called before every logical batch and around micro-batches, so it must be
 * cheap (tens of microseconds). It never throws: a reading that cannot be had is absent from the
 * snapshot.
 *
 * <p>Implementations must allow {@code read()} from any thread.
 */
public interface DeviceTelemetry {

  /** Reads the device now. */
  DeviceSnapshot read();

  /** A telemetry without any reading: the controller then learns from out-of-memory errors only. */
  static DeviceTelemetry none() {
    return () -> DeviceSnapshot.EMPTY;
  }
}
