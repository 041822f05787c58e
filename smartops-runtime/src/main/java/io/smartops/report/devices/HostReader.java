package io.smartops.report.devices;

import io.smartops.report.history.DeviceMetric;
import io.smartops.report.history.DeviceSample;
import io.smartops.telemetry.CoreLoads;
import io.smartops.telemetry.TemperatureSensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Load of the processor's cores, and the temperatures of its sensors.
 *
 * @param cores the cores
 * @param sensors the sensors
 */
public record HostReader(CoreLoads cores, TemperatureSensors sensors) implements DeviceReader {
  private static final double PERCENT = 100;

  static HostReader ofMachine() {
    return new HostReader(CoreLoads.ofMachine(), TemperatureSensors.ofMachine());
  }

  @Override
  public List<DeviceSample> read() {
    List<DeviceSample> samples = new ArrayList<>();
    cores
        .read()
        .forEach(
            (core, load) ->
                samples.add(
                    new DeviceSample(core, Map.of(DeviceMetric.UTILISATION, PERCENT * load))));
    sensors
        .read()
        .forEach(
            (sensor, celsius) ->
                samples.add(new DeviceSample(sensor, Map.of(DeviceMetric.TEMPERATURE, celsius))));
    return samples;
  }
}
