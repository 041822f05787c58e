package io.smartops.benchmarks.bundle;

import java.nio.file.Path;

/** The libtorch of the host, or why there is none. */
sealed interface HostLibtorch {

  /**
   * A folder with libtorch.
   *
   * @param folder holds {@code libtorch.so}
   * @param cuda whether it is a CUDA build
   * @param version as Python's torch names it; "unknown" where no file tells
   * @param source how it was found
   */
  record Found(Path folder, boolean cuda, String version, String source) implements HostLibtorch {

    /** DJL's name for the build of its native part that goes with it. */
    String flavor() {
      return cuda ? "cu128" : "cpu";
    }
  }

  /** None. */
  record Missing(String reason) implements HostLibtorch {}
}
