package io.smartops.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Other JVMs with this one's class path. */
public final class Jvm {

  private Jvm() {}

  /**
   * A process that is not started yet.
   *
   * @param main the class whose {@code main} it runs
   * @param options of the JVM
   * @param arguments of {@code main}
   */
  public static ProcessBuilder process(
      Class<?> main, List<String> options, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.add(main.getName());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    return builder;
  }
}
