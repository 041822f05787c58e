package io.smartops.nvml.top;

import io.smartops.nvml.Nvml;
import io.smartops.nvml.reading.GpuProcess;
import io.smartops.nvml.reading.MemoryInfo;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.ThrottleReason;
import io.smartops.nvml.reading.Utilization;
import io.smartops.nvml.sampler.DeviceReadings;
import io.smartops.nvml.sampler.FastReadings;
import io.smartops.nvml.sampler.GpuSnapshot;
import io.smartops.nvml.sampler.SlowReadings;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A snapshot as lines of at most 100 characters. */
final class Table {
  private static final String FORMAT = "%3s  %-31s %5s %5s %17s %6s %12s %6s %s%n";
  private static final double GIBIBYTE = 1L << 30;

  private Table() {}

  static String of(Nvml nvml, GpuSnapshot snapshot) {
    StringBuilder text = new StringBuilder();
    text.append(
        line("driver %s, CUDA %s%n", show(nvml.driverVersion()), show(nvml.cudaDriverVersion())));
    text.append(
        line(
            FORMAT, "GPU", "name", "util", "mem", "memory GiB", "temp", "power W", "SM", "slowed"));
    snapshot.devices().forEach(device -> text.append(device(device)));
    text.append(line("%n%3s  %10s %12s%n", "GPU", "pid", "memory GiB"));
    snapshot.devices().forEach(device -> text.append(processes(device)));
    return text.toString();
  }

  private static String device(DeviceReadings device) {
    FastReadings fast = device.fast();
    SlowReadings slow = device.slow();
    return line(
        FORMAT,
        number(device),
        device.device().name(),
        show(fast.utilization().map(Utilization::gpuPercent), "%d%%"),
        show(fast.utilization().map(Utilization::memoryPercent), "%d%%"),
        show(fast.memory().map(Table::memory)),
        show(slow.temperatureCelsius(), "%d C"),
        show(slow.powerMilliwatts().map(Table::watts))
            + " / "
            + show(slow.enforcedPowerLimitMilliwatts().map(Table::watts)),
        show(slow.smClockMegahertz()),
        show(slow.throttleReasons().map(Table::slowed)));
  }

  /** The number of the card; of a MIG device, its GPU instance too. */
  private static String number(DeviceReadings device) {
    String card = String.valueOf(device.device().index());
    return device.device().mig().map(mig -> card + "." + mig.gpuInstance()).orElse(card);
  }

  private static String memory(MemoryInfo memory) {
    return line("%.1f / %.1f", memory.usedBytes() / GIBIBYTE, memory.totalBytes() / GIBIBYTE);
  }

  private static String watts(long milliwatts) {
    return String.valueOf(Math.round(milliwatts / 1000.0));
  }

  private static String slowed(Set<ThrottleReason> reasons) {
    return reasons.stream()
        .filter(ThrottleReason::isThrottling)
        .map(reason -> reason.name().toLowerCase(Locale.ROOT).replace('_', ' '))
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private static String processes(DeviceReadings device) {
    Reading<List<GpuProcess>> processes = device.rare().processes();
    Function<GpuProcess, String> row =
        process ->
            line(
                "%3s  %10d %12s%n",
                number(device),
                process.pid(),
                process.usedBytes().isPresent()
                    ? line("%.1f", process.usedBytes().getAsLong() / GIBIBYTE)
                    : "-");
    return processes.isPresent()
        ? processes.orElse(List.of()).stream().map(row).collect(Collectors.joining())
        : line("%3s  %10s%n", number(device), processes.status());
  }

  private static String show(Reading<?> reading) {
    return reading.toOptional().map(String::valueOf).orElse("-");
  }

  private static String show(Reading<?> reading, String format) {
    return reading.toOptional().map(value -> line(format, value)).orElse("-");
  }

  private static String line(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
