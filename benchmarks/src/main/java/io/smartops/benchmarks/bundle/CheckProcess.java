package io.smartops.benchmarks.bundle;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Starts the process of a check, waits, and reads what it left.
 *
 * @param folder where each check gets a folder of its own, with log and finding
 * @param properties system properties of the process
 * @param environment variables of the process, besides the host's
 */
record CheckProcess(Path folder, Map<String, String> properties, Map<String, String> environment) {
  private static final Duration TIME_TO_DIE = Duration.ofSeconds(10);
  private static final int EXPECTED_EXIT = 0;

  CheckResult run(Check check) {
    return run(check, List.of(CheckMain.class.getName(), check.name()), check.timeout());
  }

  /** Runs a main class of this class path; the file for the finding is its last argument. */
  CheckResult run(Check check, List<String> mainAndArguments, Duration timeout) {
    long began = System.nanoTime();
    Finding finding;
    try {
      finding =
          finding(Files.createDirectories(folder.resolve(check.name())), mainAndArguments, timeout);
    } catch (IOException e) {
      finding = Finding.of(false, "its process could not be run: " + e, new JsonObject());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      finding = Finding.of(false, "interrupted", new JsonObject());
    }
    return new CheckResult(check.name(), finding, (System.nanoTime() - began) / 1e9);
  }

  private Finding finding(Path own, List<String> mainAndArguments, Duration timeout)
      throws IOException, InterruptedException {
    Path log = own.resolve("log.txt");
    Path result = own.resolve("finding.json");
    Files.deleteIfExists(result);
    Process process = start(own, log, result, mainAndArguments);
    if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly().waitFor(TIME_TO_DIE.toMillis(), TimeUnit.MILLISECONDS);
      return dead(Verdict.TIMED_OUT, "killed after %d s".formatted(timeout.toSeconds()), log);
    }
    if (process.exitValue() != EXPECTED_EXIT || Files.notExists(result)) {
      return dead(Verdict.CRASHED, "exit code %d".formatted(process.exitValue()), log);
    }
    return new Gson().fromJson(Files.readString(result), Finding.class);
  }

  private Process start(Path own, Path log, Path result, List<String> mainAndArguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx1g", "-XX:-CreateCoredumpOnCrash"));
    properties.forEach((name, value) -> command.add("-D" + name + "=" + value));
    command.addAll(List.of("-cp", classPath()));
    command.addAll(mainAndArguments);
    command.add(result.toAbsolutePath().toString());
    ProcessBuilder builder = new ProcessBuilder(command).directory(own.toFile());
    builder.environment().putAll(environment);
    return builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
  }

  /** This class path for a process with another working directory. */
  static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static Finding dead(Verdict verdict, String how, Path log) throws IOException {
    List<String> output = lines(log);
    String where = Stages.last(output).map(stage -> " at stage '" + stage + "'").orElse("");
    JsonObject figures = new JsonObject();
    figures.addProperty("log", log.toString());
    return new Finding(verdict, how + where + cause(output), figures);
  }

  /** A dynamic linker's last word explains more than an exit code. */
  private static String cause(List<String> output) {
    return output.stream()
        .filter(line -> line.contains("symbol lookup error") || line.contains("SIG"))
        .findFirst()
        .map(line -> ": " + line.replaceFirst("^#\\s*", "").strip())
        .orElse("");
  }

  private static List<String> lines(Path log) throws IOException {
    return Files.exists(log)
        ? new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList()
        : List.of();
  }
}
