package io.smartops.nvml.jna;

import java.util.List;

/**
 * How an entry of a process list lies in memory.
 *
 * <p>The first R535 drivers wrote 32-byte entries behind the {@code _v3} symbols, later ones went
 * back to 24. They can be told apart by what else they export (source: nvitop).
 */
record ProcessLayout(String suffix, int bytes, boolean hasInstances) {
  /** Room for an entry in every layout, so that a wrong guess cannot overrun the buffer. */
  static final int MAX_BYTES = 32;

  private static final int V1_BYTES = 16;
  private static final int V2_BYTES = 24;

  static List<ProcessLayout> newestFirst(NvmlLibrary library) {
    return List.of(
        new ProcessLayout("_v3", writesLongEntries(library) ? MAX_BYTES : V2_BYTES, true),
        new ProcessLayout("_v2", V2_BYTES, true),
        new ProcessLayout("", V1_BYTES, false));
  }

  private static boolean writesLongEntries(NvmlLibrary library) {
    return library.exports("nvmlDeviceGetConfComputeMemSizeInfo")
        && !library.exports("nvmlDeviceGetRunningProcessDetailList");
  }
}
