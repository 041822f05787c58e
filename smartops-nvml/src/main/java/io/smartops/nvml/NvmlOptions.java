package io.smartops.nvml;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How to open NVML. Immutable.
 *
 * @param library the library to load; empty for the one that the NVIDIA driver installed
 * @param callTimeout how long a caller waits for the driver before a reading becomes TIMEOUT
 */
public record NvmlOptions(Optional<Path> library, Duration callTimeout) {
  /**
   * Well above the slowest call known (a list of processes on a busy host: tens of milliseconds;
   * the first call to a GPU without persistence: about a second), well below what feels like a
   * hang.
   */
  public static final Duration DEFAULT_CALL_TIMEOUT = Duration.ofSeconds(5);

  private static final Duration LEAST_CALL_TIMEOUT = Duration.ofMillis(1);

  public NvmlOptions {
    if (callTimeout.compareTo(LEAST_CALL_TIMEOUT) < 0) {
      throw new IllegalArgumentException(
          "callTimeout must be at least "
              + LEAST_CALL_TIMEOUT
              + ", but is "
              + callTimeout
              + "; the default is "
              + DEFAULT_CALL_TIMEOUT);
    }
  }

  /** The driver's own library and the default timeout. */
  public static NvmlOptions defaults() {
    return new NvmlOptions(Optional.empty(), DEFAULT_CALL_TIMEOUT);
  }

  /** The same with another library. */
  public NvmlOptions withLibrary(Path file) {
    return new NvmlOptions(Optional.of(file), callTimeout);
  }

  /** The same with another timeout. */
  public NvmlOptions withCallTimeout(Duration timeout) {
    return new NvmlOptions(library, timeout);
  }
}
