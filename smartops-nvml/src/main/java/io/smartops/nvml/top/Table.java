package io.smartops.nvml.top;

import io.smartops.nvml.Nvml;
import io.smartops.nvml.reading.GpuProcess;
import io.smartops.nvml.reading.MemoryInfo;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.ThrottleReason;
import io.smartops.nvml.reading.Utilization;
import io.smartops.nvml.sampler.DeviceReadings;
import io.smartops.nvml.sampler.FastReadings;
import io.smartops.nvml.sampler.GpuSnapshot;
import io.smartops.nvml.sampler.SlowReadings;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** A snapshot as lines that fit a terminal of 80 columns. */
final class Table {
  private static final String CARD = "%-4s %-26s %4s %4s %13s %5s %9s %7s\n";
  private static final String PROCESS = "%-4s %10s %12s\n";
  private static final int NAME_WIDTH = 26;
  private static final int LINE_WIDTH = 79;
  private static final String INDENT = "     ";
  private static final String VENDOR = "NVIDIA ";
  private static final double GIBIBYTE = 1L << 30;

  private final StringBuilder text = new StringBuilder();

  private Table() {}

  static String of(Nvml nvml, GpuSnapshot snapshot) {
    Table table = new Table();
    table.head(nvml, snapshot);
    snapshot.devices().forEach(table::device);
    table.processes(snapshot.devices());
    return table.text.toString();
  }

  private void head(Nvml nvml, GpuSnapshot snapshot) {
    add("driver %s, CUDA %s\n", show(nvml.driverVersion()), show(nvml.cudaDriverVersion()));
    if (snapshot.status() != NvmlStatus.SUCCESS) {
      note(snapshot.status());
    }
    add(CARD, "GPU", "name", "util", "mem", "memory GiB", "temp", "power W", "SM MHz");
  }

  private void device(DeviceReadings device) {
    FastReadings fast = device.fast();
    SlowReadings slow = device.slow();
    add(
        CARD,
        number(device),
        name(device),
        show(fast.utilization().map(Utilization::gpuPercent), "%d%%"),
        show(fast.utilization().map(Utilization::memoryPercent), "%d%%"),
        show(fast.memory().map(Table::memory)),
        show(slow.temperatureCelsius(), "%d C"),
        power(slow),
        show(slow.smClockMegahertz()));
    notes(device);
  }

  /** What does not fit a column, and matters only where it is so. */
  private void notes(DeviceReadings device) {
    NvmlStatus status = device.fast().memory().status();
    if (status != NvmlStatus.SUCCESS) {
      note(status);
    }
    String slowed = device.slow().throttleReasons().map(Table::slowed).orElse("");
    if (!slowed.isEmpty()) {
      note("slowed by " + slowed);
    }
    device.slow().lastXid().toOptional().ifPresent(xid -> note("Xid error " + xid));
  }

  private void note(NvmlStatus status) {
    note(status + ": " + status.advice());
  }

  private void note(String words) {
    StringBuilder line = new StringBuilder();
    for (String word : words.split(" ", -1)) {
      if (INDENT.length() + line.length() + 1 + word.length() > LINE_WIDTH) {
        add("%s%s\n", INDENT, line);
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    add("%s%s\n", INDENT, line);
  }

  /** The number of the card; of a MIG device, its GPU instance too. */
  private static String number(DeviceReadings device) {
    String card = String.valueOf(device.device().index());
    return device.device().mig().map(mig -> card + "." + mig.gpuInstance()).orElse(card);
  }

  private static String name(DeviceReadings device) {
    String name =
        device
            .device()
            .mig()
            .map(mig -> "  MIG " + mig.profile())
            .orElseGet(() -> device.device().name());
    String brief = name.startsWith(VENDOR) ? name.substring(VENDOR.length()) : name;
    return brief.length() <= NAME_WIDTH ? brief : brief.substring(0, NAME_WIDTH - 1) + "~";
  }

  private static String memory(MemoryInfo memory) {
    return format("%.1f / %.1f", memory.usedBytes() / GIBIBYTE, memory.totalBytes() / GIBIBYTE);
  }

  private static String power(SlowReadings slow) {
    String limit =
        slow.enforcedPowerLimitMilliwatts()
            .map(Table::watts)
            .map(watts -> " / " + watts)
            .orElse("");
    return show(slow.powerMilliwatts().map(Table::watts)) + limit;
  }

  private static String watts(long milliwatts) {
    return String.valueOf(Math.round(milliwatts / 1000.0));
  }

  private static String slowed(Set<ThrottleReason> reasons) {
    return reasons.stream()
        .filter(ThrottleReason::isThrottling)
        .map(reason -> reason.name().toLowerCase(Locale.ROOT).replace('_', ' '))
        .collect(Collectors.joining(", "));
  }

  private void processes(List<DeviceReadings> devices) {
    add("\n" + PROCESS, "GPU", "pid", "memory GiB");
    int length = text.length();
    devices.forEach(device -> processes(device, devices));
    if (text.length() == length) {
      add("no processes\n");
    }
  }

  /**
   * A partitioned card lists the processes of its MIG devices too, which have rows of their own.
   */
  private void processes(DeviceReadings device, List<DeviceReadings> all) {
    boolean partitioned = device.device().mig().isEmpty() && hasMigDevices(device, all);
    Reading<List<GpuProcess>> processes = device.rare().processes();
    if (!processes.isPresent()) {
      add("%-4s processes: %s\n", number(device), processes.status());
    }
    processes.orElse(List.of()).stream()
        .filter(process -> !(partitioned && process.gpuInstance().isPresent()))
        .sorted(Comparator.comparingLong(process -> -process.usedBytes().orElse(0)))
        .forEach(process -> add(PROCESS, number(device), process.pid(), memory(process)));
  }

  private static boolean hasMigDevices(DeviceReadings card, List<DeviceReadings> all) {
    return all.stream()
        .map(DeviceReadings::device)
        .anyMatch(other -> other.mig().isPresent() && other.index() == card.device().index());
  }

  private static String memory(GpuProcess process) {
    return process.usedBytes().isPresent()
        ? format("%.1f", process.usedBytes().getAsLong() / GIBIBYTE)
        : "-";
  }

  private static String show(Reading<?> reading) {
    return show(reading, "%s");
  }

  private static String show(Reading<?> reading, String format) {
    return reading.toOptional().map(value -> format(format, value)).orElse("-");
  }

  private void add(String format, Object... values) {
    text.append(format(format, values));
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
