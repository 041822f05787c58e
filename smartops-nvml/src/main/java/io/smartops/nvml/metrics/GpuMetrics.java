package io.smartops.nvml.metrics;

import io.smartops.nvml.metrics.MetricSample.Metric;
import io.smartops.nvml.reading.Bar1Memory;
import io.smartops.nvml.reading.GpmMetric;
import io.smartops.nvml.reading.GpmValue;
import io.smartops.nvml.reading.MemoryInfo;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.ThrottleReason;
import io.smartops.nvml.reading.Utilization;
import io.smartops.nvml.sampler.DeviceIdentity;
import io.smartops.nvml.sampler.DeviceReadings;
import io.smartops.nvml.sampler.GpuSnapshot;
import io.smartops.nvml.sampler.RareReadings.EccTotals;
import io.smartops.nvml.sampler.RareReadings.PcieTraffic;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Turns snapshots into Prometheus samples with dcgm-exporter's names, units and labels, so that
 * existing dashboards work. A pure function: an absent reading yields no sample.
 *
 * <p>Units: MHz, °C, W, mJ, %, MiB, shares from 0 to 1, bytes per second.
 */
public final class GpuMetrics {
  private static final double MEBIBYTE = 1 << 20;

  /** A metric and where its number is in the readings. */
  private record Row(Metric metric, Function<DeviceReadings, Reading<Double>> number) {}

  private static final List<Row> ROWS =
      List.of(
          gauge("DEV_SM_CLOCK", "SM clock in MHz", d -> number(d.slow().smClockMegahertz())),
          gauge(
              "DEV_MEM_CLOCK", "Memory clock in MHz", d -> number(d.slow().memoryClockMegahertz())),
          gauge("DEV_GPU_TEMP", "Temperature in C", d -> number(d.slow().temperatureCelsius())),
          gauge(
              "DEV_MEMORY_TEMP",
              "Memory temperature in C",
              d -> number(d.slow().memoryTemperatureCelsius())),
          gauge(
              "DEV_POWER_USAGE",
              "Power draw in W",
              d -> number(d.slow().powerMilliwatts()).map(mw -> mw / 1000)),
          counter(
              "DEV_TOTAL_ENERGY_CONSUMPTION",
              "Energy since the driver was loaded in mJ",
              d -> number(d.slow().energyMillijoules())),
          counter("DEV_PCIE_REPLAY_COUNTER", "PCIe retries", d -> number(d.rare().pcieReplays())),
          gauge(
              "DEV_GPU_UTIL",
              "Share of time with a kernel running in %",
              d -> d.fast().utilization().map(Utilization::gpuPercent).map(Integer::doubleValue)),
          gauge(
              "DEV_MEM_COPY_UTIL",
              "Share of time with memory busy in %",
              d ->
                  d.fast().utilization().map(Utilization::memoryPercent).map(Integer::doubleValue)),
          gauge("DEV_ENC_UTIL", "Encoder load in %", d -> number(d.slow().encoderPercent())),
          gauge("DEV_DEC_UTIL", "Decoder load in %", d -> number(d.slow().decoderPercent())),
          gauge("DEV_FB_FREE", "Free memory in MiB", d -> memory(d, MemoryInfo::freeBytes)),
          gauge("DEV_FB_USED", "Used memory in MiB", d -> memory(d, MemoryInfo::usedBytes)),
          gauge("DEV_FB_RESERVED", "Memory kept by the driver in MiB", GpuMetrics::reserved),
          gauge("DEV_XID_ERRORS", "Code of the last Xid error", d -> number(d.slow().lastXid())),
          gauge(
              "PROF_GR_ENGINE_ACTIVE",
              "Share of time with the engine active",
              d -> share(d, GpmMetric.GRAPHICS_ACTIVE)),
          gauge("PROF_SM_ACTIVE", "Share of SMs busy", d -> share(d, GpmMetric.SM_ACTIVE)),
          gauge(
              "PROF_SM_OCCUPANCY",
              "Share of warps resident",
              d -> share(d, GpmMetric.SM_OCCUPANCY)),
          gauge(
              "PROF_PIPE_TENSOR_ACTIVE",
              "Share of time with tensor cores active",
              d -> share(d, GpmMetric.TENSOR_ACTIVE)),
          gauge(
              "PROF_DRAM_ACTIVE",
              "Share of memory bandwidth used",
              d -> share(d, GpmMetric.DRAM_BANDWIDTH)),
          gauge(
              "PROF_PCIE_TX_BYTES",
              "PCIe bytes sent per second",
              d -> pcie(d, PcieTraffic::transmitBytesPerSecond)),
          gauge(
              "PROF_PCIE_RX_BYTES",
              "PCIe bytes received per second",
              d -> pcie(d, PcieTraffic::receiveBytesPerSecond)),
          counter(
              "DEV_ECC_SBE_VOL_TOTAL",
              "Corrected errors since the driver was loaded",
              d -> ecc(d, EccTotals::correctedVolatile)),
          counter(
              "DEV_ECC_DBE_VOL_TOTAL",
              "Uncorrected errors since the driver was loaded",
              d -> ecc(d, EccTotals::uncorrectedVolatile)),
          counter(
              "DEV_ECC_SBE_AGG_TOTAL",
              "Corrected errors of the card",
              d -> ecc(d, EccTotals::correctedAggregate)),
          counter(
              "DEV_ECC_DBE_AGG_TOTAL",
              "Uncorrected errors of the card",
              d -> ecc(d, EccTotals::uncorrectedAggregate)),
          gauge("DEV_PSTATE", "Performance state", d -> number(d.slow().performanceState())),
          gauge("DEV_FAN_SPEED", "Fan speed in %", d -> number(d.rare().fanPercent())),
          gauge(
              "DEV_CLOCK_THROTTLE_REASONS",
              "Mask of throttle reasons",
              d -> d.slow().throttleReasons().map(GpuMetrics::mask)),
          gauge(
              "DEV_BAR1_USED",
              "Used BAR1 in MiB",
              d -> d.rare().bar1Memory().map(Bar1Memory::usedBytes).map(b -> b / MEBIBYTE)),
          gauge(
              "DEV_ENFORCED_POWER_LIMIT",
              "Power limit in force in W",
              d -> number(d.slow().enforcedPowerLimitMilliwatts()).map(mw -> mw / 1000)));

  private GpuMetrics() {}

  /**
   * The samples of a snapshot, metric by metric.
   *
   * @param hostname value of the label {@code Hostname}
   */
  public static List<MetricSample> samples(GpuSnapshot snapshot, String hostname) {
    List<MetricSample> samples = new ArrayList<>();
    for (Row row : ROWS) {
      for (DeviceReadings readings : snapshot.devices()) {
        row.number()
            .apply(readings)
            .toOptional()
            .map(
                value -> new MetricSample(row.metric(), labels(readings.device(), hostname), value))
            .ifPresent(samples::add);
      }
    }
    return List.copyOf(samples);
  }

  /** All metrics that there can be. */
  public static List<Metric> metrics() {
    return ROWS.stream().map(Row::metric).toList();
  }

  private static Map<String, String> labels(DeviceIdentity device, String hostname) {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put("gpu", String.valueOf(device.index()));
    labels.put("UUID", device.uuid());
    labels.put("pci_bus_id", device.pciBusId());
    labels.put("device", "nvidia" + device.index());
    labels.put("modelName", device.name());
    device
        .mig()
        .ifPresent(
            mig -> {
              labels.put("GPU_I_PROFILE", mig.profile());
              labels.put("GPU_I_ID", String.valueOf(mig.gpuInstance()));
            });
    labels.put("Hostname", hostname);
    return labels;
  }

  private static Row gauge(
      String name, String help, Function<DeviceReadings, Reading<Double>> number) {
    return new Row(new Metric("DCGM_FI_" + name, false, help), number);
  }

  private static Row counter(
      String name, String help, Function<DeviceReadings, Reading<Double>> number) {
    return new Row(new Metric("DCGM_FI_" + name, true, help), number);
  }

  private static Reading<Double> number(Reading<? extends Number> reading) {
    return reading.map(Number::doubleValue);
  }

  private static Reading<Double> memory(DeviceReadings d, Function<MemoryInfo, Long> bytes) {
    return d.fast().memory().map(bytes).map(b -> b / MEBIBYTE);
  }

  private static Reading<Double> reserved(DeviceReadings d) {
    return d.fast()
        .memory()
        .flatMap(
            memory ->
                memory.reservedBytes().isPresent()
                    ? Reading.of(memory.reservedBytes().getAsLong() / MEBIBYTE)
                    : Reading.absent(NvmlStatus.NOT_SUPPORTED, "reserved memory"));
  }

  /** GPM gives percent, dcgm-exporter shares. */
  private static Reading<Double> share(DeviceReadings d, GpmMetric metric) {
    return d.slow()
        .gpm()
        .flatMap(window -> window.metric(metric))
        .map(GpmValue::value)
        .map(percent -> percent / 100);
  }

  private static Reading<Double> pcie(DeviceReadings d, Function<PcieTraffic, Long> bytes) {
    return d.rare().pcie().map(bytes).map(Long::doubleValue);
  }

  private static Reading<Double> ecc(DeviceReadings d, Function<EccTotals, Long> errors) {
    return d.rare().ecc().map(errors).map(Long::doubleValue);
  }

  private static double mask(Iterable<ThrottleReason> reasons) {
    long mask = 0;
    for (ThrottleReason reason : reasons) {
      mask |= reason.bit();
    }
    return mask;
  }
}
