package io.smartops.report.devices;

import io.smartops.nvml.GpuDevice;
import io.smartops.nvml.Nvml;
import io.smartops.nvml.metrics.GpuMetrics;
import io.smartops.nvml.metrics.PrometheusText;
import io.smartops.nvml.reading.GpmMetric;
import io.smartops.nvml.reading.GpmValue;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.sampler.DeviceIdentity;
import io.smartops.nvml.sampler.DeviceReadings;
import io.smartops.nvml.sampler.GpuSampler;
import io.smartops.report.history.DeviceMetric;
import io.smartops.report.history.DeviceSample;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** GPUs as NVML's sampler sees them. */
public final class GpuReader implements DeviceReader {
  private static final double MEBI = 1 << 20;
  private static final double MEGA = 1e6;
  private static final double MILLI = 1e-3;

  private final Nvml nvml;
  private final GpuSampler sampler;

  private GpuReader(Nvml nvml) {
    this.nvml = nvml;
    this.sampler = GpuSampler.start(nvml);
  }

  /** Samples the devices of {@code nvml} in the background; closing closes it too. */
  public static GpuReader over(Nvml nvml) {
    return new GpuReader(nvml);
  }

  @Override
  public List<DeviceSample> read() {
    return sampler.latest().devices().stream().map(GpuReader::sample).toList();
  }

  private static DeviceSample sample(DeviceReadings readings) {
    Map<DeviceMetric, Double> values = new EnumMap<>(DeviceMetric.class);
    put(
        values,
        DeviceMetric.UTILISATION,
        readings.fast().utilization().map(u -> u.gpuPercent()),
        1);
    put(values, DeviceMetric.MEMORY, readings.fast().memory().map(m -> m.usedBytes()), 1 / MEBI);
    put(values, DeviceMetric.TEMPERATURE, readings.slow().temperatureCelsius(), 1);
    put(values, DeviceMetric.POWER, readings.slow().powerMilliwatts(), MILLI);
    put(values, DeviceMetric.SM_OCCUPANCY, gpm(readings, GpmMetric.SM_OCCUPANCY), 1);
    put(values, DeviceMetric.TENSOR_CORES, gpm(readings, GpmMetric.TENSOR_ACTIVE), 1);
    put(values, DeviceMetric.DRAM_BANDWIDTH, gpm(readings, GpmMetric.DRAM_BANDWIDTH), 1);
    put(
        values,
        DeviceMetric.PCIE_SENT,
        readings.rare().pcie().map(p -> p.transmitBytesPerSecond()),
        1 / MEGA);
    put(
        values,
        DeviceMetric.PCIE_RECEIVED,
        readings.rare().pcie().map(p -> p.receiveBytesPerSecond()),
        1 / MEGA);
    return new DeviceSample(name(readings.device()), values);
  }

  private static void put(
      Map<DeviceMetric, Double> values,
      DeviceMetric metric,
      Reading<? extends Number> reading,
      double factor) {
    reading.toOptional().ifPresent(value -> values.put(metric, factor * value.doubleValue()));
  }

  private static Reading<Double> gpm(DeviceReadings readings, GpmMetric metric) {
    return readings.slow().gpm().flatMap(window -> window.metric(metric)).map(GpmValue::value);
  }

  private static String name(DeviceIdentity device) {
    String mig = device.mig().map(place -> " MIG " + place.profile()).orElse("");
    return "GPU %d %s%s".formatted(device.index(), device.name(), mig);
  }

  @Override
  public Map<String, Double> peakFlops(int index) {
    return nvml.cudaDevices()
        .device(index)
        .flatMap(GpuDevice::name)
        .toOptional()
        .flatMap(GpuPeak::of)
        .orElse(Map.of());
  }

  @Override
  public String prometheusText() {
    return PrometheusText.of(GpuMetrics.samples(sampler.latest(), hostname()));
  }

  private static String hostname() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  @Override
  public void close() {
    sampler.close();
    nvml.close();
  }
}
