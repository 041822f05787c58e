package io.smartops.telemetry;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * The most resident memory that this process held since a moment of the caller's choice, as the
 * kernel counted it: nothing is sampled, so no peak is missed.
 *
 * <p>Writing 5 to {@code /proc/self/clear_refs} sets {@code VmHWM} back to {@code VmRSS}; from then
 * on it is the peak of the window. There is one such counter in a process, so one window at a time.
 *
 * <p>It answers another question than {@link GrowthMeter}: pages that were touched, not bytes that
 * were handed out. A window that reuses memory which the allocator had kept shows no growth, and
 * memory that a model allocates but never touches does not count. A budget of resident memory is
 * about this figure; a limit of the address space is about the other.
 *
 * <p>Absent where there is no procfs, and where it is read-only. Thread-safe.
 */
public final class ResidentPeak {
  private static final byte[] RESET = "5".getBytes(StandardCharsets.US_ASCII);

  private static final ResidentPeak OF_PROCESS = new ResidentPeak(Path.of("/"));

  private final Path clearRefs;
  private final SmallFile status;
  private long earlierPeakBytes;
  private OptionalLong startBytes = OptionalLong.empty();
  private boolean open;

  ResidentPeak(Path root) {
    clearRefs = root.resolve("proc/self/clear_refs");
    status = new SmallFile(root.resolve("proc/self/status"));
  }

  /** The counter of this process: shared, so that the peak before a window is known to all. */
  static ResidentPeak ofProcess() {
    return OF_PROCESS;
  }

  /**
   * Begins a window.
   *
   * @return whether the system allows it; if not, {@link #windowBytes()} is absent
   */
  public synchronized boolean start() {
    String before = status.text().orElse("");
    earlierPeakBytes = Math.max(earlierPeakBytes, highWaterBytes(before).orElse(0));
    startBytes = Figures.labelled(before, "VmRSS:");
    open = reset();
    return open;
  }

  /** What the process held when the window began. */
  public synchronized OptionalLong startBytes() {
    return open ? startBytes : OptionalLong.empty();
  }

  /** The peak since {@link #start()}. The window stays open. */
  public synchronized OptionalLong windowBytes() {
    return open ? highWaterBytes(status.text().orElse("")) : OptionalLong.empty();
  }

  /** The peak since the process started, given what the counter says now. */
  synchronized OptionalLong lifetimeBytes(OptionalLong counterBytes) {
    return counterBytes.isPresent()
        ? OptionalLong.of(Math.max(earlierPeakBytes, counterBytes.getAsLong()))
        : counterBytes;
  }

  private static OptionalLong highWaterBytes(String statusText) {
    return Figures.labelled(statusText, "VmHWM:");
  }

  private boolean reset() {
    try (OutputStream out = new FileOutputStream(clearRefs.toFile())) {
      out.write(RESET);
      return true;
    } catch (IOException refused) {
      return false;
    }
  }
}
