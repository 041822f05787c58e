package io.smartops.benchmarks.compare;

import ai.djl.engine.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;

/**
 * What a comparison was made on.
 *
 * @param processor its name
 * @param cores how many the JVM may use
 * @param memoryMib the machine's memory
 * @param system operating system
 * @param java version of the JVM
 * @param engine libtorch and DJL
 * @param load load average when the comparison began: above 0, others were at work
 * @param date the day
 */
record Machine(
    String processor,
    int cores,
    long memoryMib,
    String system,
    String java,
    String engine,
    String load,
    String date) {
  private static final long KIBIBYTES = 1_024;

  static Machine here() throws IOException {
    return new Machine(
        entry("/proc/cpuinfo", "model name"),
        Runtime.getRuntime().availableProcessors(),
        Long.parseLong(entry("/proc/meminfo", "MemTotal").replaceAll("\\D", "")) / KIBIBYTES,
        "%s %s".formatted(System.getProperty("os.name"), System.getProperty("os.version")),
        "%s %s"
            .formatted(
                System.getProperty("java.vm.name"), System.getProperty("java.runtime.version")),
        "PyTorch %s, DJL %s".formatted(Engine.getInstance().getVersion(), Engine.getDjlVersion()),
        Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0],
        today());
  }

  static String today() {
    return LocalDate.now(ZoneOffset.UTC).toString();
  }

  /** Whether figures of both may stand in one table. */
  boolean isLike(Machine other) {
    return processor.equals(other.processor)
        && cores == other.cores
        && java.equals(other.java)
        && engine.equals(other.engine);
  }

  private static String entry(String file, String key) throws IOException {
    try (var lines = Files.lines(Path.of(file))) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    }
  }
}
