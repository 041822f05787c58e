package io.smartops.benchmarks.bundle;

import io.smartops.nvml.Nvml;
import io.smartops.nvml.NvmlOptions;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;

/** Opens NVML for a check, and says why where it cannot. */
final class NvmlAccess {
  /** System property that names another library. */
  static final String LIBRARY_PROPERTY = "smartops.bundle.nvml";

  /** Some checks hold the driver's thread for as long as they measure. */
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(60);

  private NvmlAccess() {}

  /** The finding of {@code question}, which gets an open NVML with at least one device. */
  static Finding with(Function<Nvml, Finding> question) {
    Reading<Nvml> opened = Nvml.tryOpen(options());
    if (opened instanceof Reading.Absent<Nvml> absent) {
      return Finding.cannotRun(reason(absent));
    }
    try (Nvml nvml = opened.orElseThrow()) {
      Reading<Integer> count = nvml.deviceCount();
      if (count instanceof Reading.Absent<Integer> absent) {
        return Finding.cannotRun(reason(absent));
      }
      return count.orElseThrow() == 0
          ? Finding.cannotRun("the driver sees no GPU")
          : question.apply(nvml);
    }
  }

  private static NvmlOptions options() {
    NvmlOptions options = NvmlOptions.defaults().withCallTimeout(CALL_TIMEOUT);
    String library = System.getProperty(LIBRARY_PROPERTY);
    return library == null ? options : options.withLibrary(Path.of(library));
  }

  private static String reason(Reading.Absent<?> absent) {
    NvmlStatus status = absent.status();
    return "no NVML: " + status + ", " + status.advice();
  }
}
