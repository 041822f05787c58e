package io.smartops.benchmarks.bundle;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * Another process that holds a GPU's memory until it is closed. It inherits this process's
 * environment, and so its libtorch.
 */
final class MemoryHolder implements AutoCloseable {
  private static final String HOLDING = "holding";

  private final Process process;

  /** Takes all but {@code freeBytes}; returns once they are taken. */
  MemoryHolder(long freeBytes) throws IOException {
    process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-D" + TrainingHost.CUDA_PROPERTY + "=" + TrainingHost.isCuda(),
                    "-Djna.library.path=" + System.getProperty("jna.library.path", ""),
                    "-cp",
                    CheckProcess.classPath(),
                    MemoryHolder.class.getName(),
                    Long.toString(freeBytes)))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      if (process.inputReader(StandardCharsets.UTF_8).lines().noneMatch(HOLDING::equals)) {
        throw new IOException("the process that should hold memory ended");
      }
    } catch (IOException | RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  /** Throws if the process has ended, and so shown nothing. */
  void requireHolding() {
    if (!process.isAlive()) {
      throw new IllegalStateException("the process that should hold memory ended");
    }
  }

  /** The process: holds what it took until its input ends. */
  public static void main(String[] arguments) throws IOException {
    Device device = TrainingHost.device();
    try (NDManager manager = NDManager.newBaseManager(device, "PyTorch")) {
      ScarceMemory.leave(Long.parseLong(arguments[0]), device, manager);
      System.out.println(HOLDING);
      System.out.flush();
      while (System.in.read() >= 0) {}
    }
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
