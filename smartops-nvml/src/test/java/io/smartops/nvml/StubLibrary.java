package io.smartops.nvml;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.smartops.nvml.jna.StubControl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Builds the C stand-in for NVML, one library for each variant. */
public final class StubLibrary {
  private static final Path SOURCE = Path.of("src/test/c/nvml_stub.c");
  private static final Path OUTPUT = Path.of("target/nvml-stubs").toAbsolutePath();
  private static final Map<String, Path> BUILT = new ConcurrentHashMap<>();

  private StubLibrary() {}

  /** The library of a variant; skips the test with a message where there is no compiler. */
  public static Path build(String variant) {
    return build(variant, variant.isEmpty() ? "FULL" : variant.replace('=', '_'));
  }

  /** The library of a variant in a directory of that name. */
  public static Path build(String variant, String directory) {
    assumeTrue(
        System.getProperty("os.name").equals("Linux"), "the C stub is for Linux: test skipped");
    return BUILT.computeIfAbsent(directory, d -> compile(variant, OUTPUT.resolve(d)));
  }

  public static StubControl control(String variant) {
    return new StubControl(build(variant).toString());
  }

  public static NvmlOptions options(String variant) {
    return NvmlOptions.defaults()
        .withLibrary(build(variant))
        .withCallTimeout(Duration.ofSeconds(20));
  }

  private static Path compile(String variant, Path directory) {
    Path library = directory.resolve("libnvidia-ml.so.1");
    List<String> command = new ArrayList<>(List.of("gcc", "-shared", "-fPIC", "-O1"));
    command.addAll(List.of("-Wl,-soname,libnvidia-ml.so.1", "-o", library.toString()));
    if (!variant.isEmpty()) {
      command.add("-D" + variant);
    }
    command.add(SOURCE.toString());
    try {
      Files.createDirectories(directory);
      Process process = start(command);
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException("the C stub does not compile: " + output);
      }
      return library;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Process start(List<String> command) {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      assumeTrue(false, "no C compiler (gcc) on the path: the native path is not tested");
      throw new UncheckedIOException(e);
    }
  }
}
