package io.smartops.benchmarks.nvml;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Builds the C stand-in of the NVML module's tests, whose own cost is a few nanoseconds a call. Run
 * from the repository's root.
 */
final class StubDriver {
  private static final Path SOURCE = Path.of("smartops-nvml/src/test/c/nvml_stub.c");
  private static final Path LIBRARY = Path.of("benchmarks/target/nvml-stub/libnvidia-ml.so.1");

  private StubDriver() {}

  static Path build() {
    try {
      return compile(LIBRARY.toAbsolutePath());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while gcc ran", e);
    }
  }

  private static Path compile(Path library) throws IOException, InterruptedException {
    Files.createDirectories(library.getParent());
    Process gcc =
        new ProcessBuilder(
                "gcc", "-shared", "-fPIC", "-O2", "-o", library.toString(), SOURCE.toString())
            .inheritIO()
            .start();
    if (gcc.waitFor() != 0) {
      throw new IOException(
          "gcc could not build " + SOURCE.toAbsolutePath() + "; run from the repository's root");
    }
    return library;
  }
}
