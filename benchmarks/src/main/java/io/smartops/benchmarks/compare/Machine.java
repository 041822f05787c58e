package io.smartops.benchmarks.compare;

import ai.djl.engine.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;

/**
 * What a comparison was made on.
 *
 * @param processor its name and widest instructions
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

  /**
   * Instructions that a libtorch kernel is chosen by, the widest first. Virtual machines give many
   * processors one name.
   */
  private static final List<String> INSTRUCTIONS =
      List.of("amx_bf16", "avx512_bf16", "avx512f", "avx2", "asimd");

  static Machine here() throws IOException {
    return new Machine(
        "%s with %s"
            .formatted(
                entry("/proc/cpuinfo", "model name"),
                widest(entry("/proc/cpuinfo", "flags"), entry("/proc/cpuinfo", "Features"))),
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

  /** Of the flags that x86 and ARM list, the one that tells most of its speed. */
  private static String widest(String... flags) {
    List<String> known = List.of(String.join(" ", flags).split(" "));
    return INSTRUCTIONS.stream().filter(known::contains).findFirst().orElse("none of them");
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
