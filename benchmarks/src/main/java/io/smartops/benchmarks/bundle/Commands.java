package io.smartops.benchmarks.bundle;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Runs commands of the host. */
final class Commands {
  /** A driver in trouble can hang nvidia-smi; a healthy one answers in a few seconds. */
  private static final long TIMEOUT_SECONDS = 60;

  private Commands() {}

  /**
   * A command that has ended.
   *
   * @param output standard output and error
   */
  record Ended(int exitCode, String output) {}

  /** What a command prints; empty where it is not there, fails or hangs. */
  static Optional<String> output(List<String> command) {
    return run(command).filter(ended -> ended.exitCode() == 0).map(Ended::output);
  }

  /** Runs a command; empty where it is not there or hangs. */
  static Optional<Ended> run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      // To destroy a process that has ended would close its output before it is read.
      var limit =
          process
              .onExit()
              .orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
              .exceptionally(hung -> process.destroyForcibly());
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return Optional.of(new Ended(limit.join().waitFor(), output));
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
