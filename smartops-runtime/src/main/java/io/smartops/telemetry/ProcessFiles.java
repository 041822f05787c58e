package io.smartops.telemetry;

import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * What procfs says of this process and of the machine. Every figure of one object comes from one
 * reading.
 *
 * @param residentBytes pages of this process in memory ({@code VmRSS})
 * @param anonymousBytes those of them that are not pages of files ({@code RssAnon})
 * @param peakResidentBytes the most of them since the process started ({@code VmHWM})
 * @param addressSpaceBytes address space that the process has mapped ({@code VmSize})
 * @param addressSpaceLimitBytes the most that it may map ({@code RLIMIT_AS}, the soft one), if
 *     limited
 * @param machineBytes memory of the machine ({@code MemTotal})
 * @param machineAvailableBytes what the machine can give without swapping ({@code MemAvailable})
 */
record ProcessFiles(
    OptionalLong residentBytes,
    OptionalLong anonymousBytes,
    OptionalLong peakResidentBytes,
    OptionalLong addressSpaceBytes,
    OptionalLong addressSpaceLimitBytes,
    OptionalLong machineBytes,
    OptionalLong machineAvailableBytes) {

  /** Bytes that this process can still map; absent without a limit. */
  OptionalLong addressSpaceHeadroomBytes() {
    if (addressSpaceLimitBytes.isEmpty() || addressSpaceBytes.isEmpty()) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(
        Math.max(0, addressSpaceLimitBytes.getAsLong() - addressSpaceBytes.getAsLong()));
  }

  /** Reads them again and again. Thread-safe. */
  static final class Reader {
    private final SmallFile status;
    private final SmallFile limits;
    private final SmallFile machine;

    /** Reads below {@code root}, which is {@code /} but for tests. */
    Reader(Path root) {
      status = new SmallFile(root.resolve("proc/self/status"));
      limits = new SmallFile(root.resolve("proc/self/limits"));
      machine = new SmallFile(root.resolve("proc/meminfo"));
    }

    ProcessFiles read() {
      return parse(status.text().orElse(""), limits.text().orElse(""), machine.text().orElse(""));
    }

    static ProcessFiles parse(String status, String limits, String machine) {
      return new ProcessFiles(
          Figures.labelled(status, "VmRSS:"),
          Figures.labelled(status, "RssAnon:"),
          Figures.labelled(status, "VmHWM:"),
          Figures.labelled(status, "VmSize:"),
          Figures.labelled(limits, "Max address space"),
          Figures.labelled(machine, "MemTotal:"),
          Figures.labelled(machine, "MemAvailable:"));
    }
  }
}
