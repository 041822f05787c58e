package io.smartops.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Runs a main class in a JVM of its own, under shell settings and environment of the test. */
final class ForkedJvm {
  private ForkedJvm() {}

  /** The lines that it prints; {@code setup} is a shell command to go before it. */
  static List<String> run(String setup, Map<String, String> environment, Class<?> main)
      throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    ProcessBuilder builder =
        new ProcessBuilder(
            "sh", "-c", setup + " && exec \"$@\"", "sh", java, "-Xmx128m", main.getName());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.environment().putAll(environment);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    Process child = builder.start();
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(child.waitFor()).as(output).isZero();
    return output.lines().toList();
  }
}
