package io.smartops.djl;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Runs a main class in a JVM of its own, which may die; keeps the figures that it prints. */
final class TrainingProcess {
  private TrainingProcess() {}

  /** How a process ended: {@code key=value} lines by key, and all that it printed. */
  record Ended(int exitCode, Map<String, String> figures, String output) {
    long number(String key) {
      String value = figures.get(key);
      if (value == null) {
        throw new AssertionError("no " + key + " in: " + output);
      }
      return Long.parseLong(value);
    }

    List<Float> floats(String key) {
      List<Float> floats = new ArrayList<>();
      Pattern.compile(",")
          .splitAsStream(figures.getOrDefault(key, ""))
          .filter(each -> !each.isBlank())
          .forEach(each -> floats.add(Float.parseFloat(each)));
      return floats;
    }
  }

  /** Runs {@code main} with a small heap and one thread for tensors. */
  static Ended run(Class<?> main, List<String> jvmOptions, String... arguments) throws IOException {
    return run(List.of(), main, jvmOptions, arguments);
  }

  /** Runs {@code main} as a member of a control group from its start. */
  static Ended runIn(MemoryGroup group, Class<?> main, List<String> jvmOptions, String... arguments)
      throws IOException {
    String join = "echo $$ > \"$0\" && exec \"$@\"";
    return run(List.of("sh", "-c", join, group.members().toString()), main, jvmOptions, arguments);
  }

  private static Ended run(
      List<String> launcher, Class<?> main, List<String> jvmOptions, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(launcher);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(jvmOptions);
    command.add(main.getName());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.environment().put("OMP_NUM_THREADS", "1");
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      return new Ended(process.waitFor(), figures(output), output);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private static Map<String, String> figures(String output) {
    Map<String, String> figures = new TreeMap<>();
    output
        .lines()
        .filter(line -> line.matches("[a-zA-Z]+=.*"))
        .forEach(
            line -> {
              int equals = line.indexOf('=');
              figures.put(line.substring(0, equals), line.substring(equals + 1));
            });
    return figures;
  }
}
