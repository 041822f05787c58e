package io.smartops.benchmarks.bundle;

import io.smartops.nvml.GpuDevice;
import io.smartops.nvml.reading.Architecture;
import io.smartops.nvml.reading.ClockType;
import io.smartops.nvml.reading.EccCounter;
import io.smartops.nvml.reading.MemoryErrorType;
import io.smartops.nvml.reading.MemoryInfo;
import io.smartops.nvml.reading.Mode;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.PciAddress;
import io.smartops.nvml.reading.PowerRange;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.TemperatureThreshold;
import io.smartops.nvml.reading.Utilization;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Function;

/**
 * A value that nvidia-smi and this library both give.
 *
 * @param name nvidia-smi's field, or its path in {@code -q} where it holds a slash
 * @param ours this library's reading in nvidia-smi's unit
 * @param tolerance how far numbers may differ: both are read one after the other, from a card that
 *     may be at work
 */
record SmiField(String name, Function<GpuDevice, Reading<String>> ours, double tolerance) {
  private static final double MEBIBYTE = 1 << 20;
  private static final double MILLI = 1e-3;

  /** Differences of rounding. */
  private static final double ROUNDING = 1.01;

  private static final double MEBIBYTES_APART = 256;
  private static final double PERCENT_APART = 30;
  private static final double CELSIUS_APART = 5;
  private static final double WATTS_APART = 75;

  /** Clocks, links and states may change altogether between two readings: listed, not judged. */
  private static final double ANY = Double.POSITIVE_INFINITY;

  /** Fields of {@code --query-gpu}. */
  static final List<SmiField> TABLE =
      List.of(
          text("name", GpuDevice::name),
          text("uuid", GpuDevice::uuid),
          text("serial", GpuDevice::serial),
          number("index", GpuDevice::index, 0),
          text("pci.bus_id", d -> d.pci().map(PciAddress::busId)),
          text("compute_cap", d -> d.computeCapability().map(Object::toString)),
          number("memory.total", d -> memory(d, MemoryInfo::totalBytes), ROUNDING),
          number("memory.reserved", d -> d.memory().flatMap(SmiField::reserved), ROUNDING),
          number("memory.used", d -> memory(d, MemoryInfo::usedBytes), MEBIBYTES_APART),
          number("memory.free", d -> memory(d, MemoryInfo::freeBytes), MEBIBYTES_APART),
          number(
              "utilization.gpu", d -> d.utilization().map(Utilization::gpuPercent), PERCENT_APART),
          number(
              "utilization.memory",
              d -> d.utilization().map(Utilization::memoryPercent),
              PERCENT_APART),
          number("temperature.gpu", GpuDevice::temperatureCelsius, CELSIUS_APART),
          number("temperature.memory", GpuDevice::memoryTemperatureCelsius, CELSIUS_APART),
          number("power.draw", d -> watts(d.powerMilliwatts()), WATTS_APART),
          number("power.draw.average", d -> watts(d.averagePowerMilliwatts()), WATTS_APART),
          number("power.draw.instant", d -> watts(d.instantPowerMilliwatts()), ANY),
          number("power.limit", d -> watts(d.powerLimitMilliwatts()), ROUNDING),
          number("enforced.power.limit", d -> watts(d.enforcedPowerLimitMilliwatts()), ROUNDING),
          number("power.default_limit", d -> watts(d.defaultPowerLimitMilliwatts()), ROUNDING),
          number(
              "power.min_limit",
              d -> watts(d.powerLimitRange().map(PowerRange::minMilliwatts)),
              ROUNDING),
          number(
              "power.max_limit",
              d -> watts(d.powerLimitRange().map(PowerRange::maxMilliwatts)),
              ROUNDING),
          number("clocks.gr", d -> d.clockMegahertz(ClockType.GRAPHICS), ANY),
          number("clocks.sm", d -> d.clockMegahertz(ClockType.SM), ANY),
          number("clocks.mem", d -> d.clockMegahertz(ClockType.MEMORY), ANY),
          number("clocks.video", d -> d.clockMegahertz(ClockType.VIDEO), ANY),
          number("clocks.max.gr", d -> d.maxClockMegahertz(ClockType.GRAPHICS), 0),
          number("clocks.max.sm", d -> d.maxClockMegahertz(ClockType.SM), 0),
          number("clocks.max.mem", d -> d.maxClockMegahertz(ClockType.MEMORY), 0),
          number("pcie.link.gen.current", GpuDevice::pcieGeneration, ANY),
          number("pcie.link.gen.max", GpuDevice::maxPcieGeneration, 0),
          number("pcie.link.width.current", GpuDevice::pcieWidth, ANY),
          number("pcie.link.width.max", GpuDevice::maxPcieWidth, 0),
          number("fan.speed", d -> d.fanPercent(0), CELSIUS_APART),
          new SmiField("pstate", d -> d.performanceState().map(state -> "P" + state), ANY),
          text("mig.mode.current", d -> enabled(d.mig().mode())),
          text("ecc.mode.current", d -> enabled(d.ecc().mode())),
          number(
              "ecc.errors.corrected.volatile.total",
              d -> ecc(d, MemoryErrorType.CORRECTED, EccCounter.VOLATILE),
              0),
          number(
              "ecc.errors.uncorrected.volatile.total",
              d -> ecc(d, MemoryErrorType.UNCORRECTED, EccCounter.VOLATILE),
              0),
          number(
              "ecc.errors.corrected.aggregate.total",
              d -> ecc(d, MemoryErrorType.CORRECTED, EccCounter.AGGREGATE),
              0),
          number(
              "ecc.errors.uncorrected.aggregate.total",
              d -> ecc(d, MemoryErrorType.UNCORRECTED, EccCounter.AGGREGATE),
              0));

  /** Values that only {@code -q} prints. */
  static final List<SmiField> TREE =
      List.of(
          number("/Minor Number", GpuDevice::minorNumber, 0),
          text("/Product Architecture", d -> d.architecture().map(SmiField::fullName)),
          number(
              "BAR1 Memory Usage/Total",
              d -> d.bar1Memory().map(b -> b.totalBytes() / MEBIBYTE),
              ROUNDING),
          number(
              "BAR1 Memory Usage/Used",
              d -> d.bar1Memory().map(b -> b.usedBytes() / MEBIBYTE),
              MEBIBYTES_APART),
          number(
              "Temperature/GPU Shutdown Temp",
              d -> d.temperatureThresholdCelsius(TemperatureThreshold.SHUTDOWN),
              0),
          number(
              "Temperature/GPU Slowdown Temp",
              d -> d.temperatureThresholdCelsius(TemperatureThreshold.SLOWDOWN),
              0),
          number(
              "Temperature/GPU Max Operating Temp",
              d -> d.temperatureThresholdCelsius(TemperatureThreshold.GPU_MAX),
              0),
          number("PCI/Replays Since Reset", GpuDevice::pcieReplays, 0),
          number(
              "Remapped Rows/Correctable Error",
              d -> d.ecc().remappedRows().map(r -> r.corrected()),
              0),
          number(
              "Remapped Rows/Uncorrectable Error",
              d -> d.ecc().remappedRows().map(r -> r.uncorrected()),
              0));

  private static SmiField text(String name, Function<GpuDevice, Reading<String>> ours) {
    return new SmiField(name, ours, 0);
  }

  private static SmiField number(
      String name,
      Function<GpuDevice, ? extends Reading<? extends Number>> ours,
      double tolerance) {
    return new SmiField(name, d -> ours.apply(d).map(SmiField::print), tolerance);
  }

  /** nvidia-smi writes one generation in two words. */
  private static String fullName(Architecture architecture) {
    return architecture == Architecture.ADA ? "Ada Lovelace" : architecture.name();
  }

  private static String print(Number number) {
    return number instanceof Double d ? String.format(Locale.ROOT, "%.2f", d) : number.toString();
  }

  private static Reading<Double> memory(GpuDevice device, Function<MemoryInfo, Long> part) {
    return device.memory().map(memory -> part.apply(memory) / MEBIBYTE);
  }

  private static Reading<Double> reserved(MemoryInfo memory) {
    return memory.reservedBytes().isPresent()
        ? Reading.of(memory.reservedBytes().getAsLong() / MEBIBYTE)
        : Reading.absent(NvmlStatus.NOT_SUPPORTED, "reserved memory");
  }

  private static Reading<Double> watts(Reading<Long> milliwatts) {
    return milliwatts.map(value -> value * MILLI);
  }

  private static Reading<String> enabled(Reading<Mode> mode) {
    return mode.map(m -> m.current() ? "Enabled" : "Disabled");
  }

  private static Reading<Long> ecc(GpuDevice device, MemoryErrorType type, EccCounter counter) {
    return device.ecc().errors(type, counter);
  }

  /** Whether two printed values agree: numbers within the tolerance, texts but for their case. */
  boolean agree(String theirs, String mine) {
    OptionalDouble a = leadingNumber(theirs);
    OptionalDouble b = leadingNumber(mine);
    boolean byNumber = tolerance > 0 && a.isPresent() && b.isPresent();
    if (tolerance == ANY) {
      return true;
    }
    return byNumber
        ? Math.abs(a.getAsDouble() - b.getAsDouble()) <= tolerance
        : withoutUnit(theirs).equalsIgnoreCase(withoutUnit(mine));
  }

  /** nvidia-smi -q prints "16384 MiB" and "92 C". */
  private static String withoutUnit(String value) {
    return value.replaceFirst("^(\\d+)(\\.0+)? (MiB|C|W|MHz|%)$", "$1");
  }

  private static OptionalDouble leadingNumber(String value) {
    try {
      return OptionalDouble.of(Double.parseDouble(value.split(" ", 2)[0]));
    } catch (NumberFormatException e) {
      return OptionalDouble.empty();
    }
  }
}
