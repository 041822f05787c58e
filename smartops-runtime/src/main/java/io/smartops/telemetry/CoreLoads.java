package io.smartops.telemetry;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The busy share of each processor core of the machine since the reading before:
 *
 * <p>{@code 1 − Δ(idle + iowait) / Δ(all)}, from the ticks of {@code /proc/stat}.
 *
 * <p>Counts what every process does, in a container too. Empty where there is no procfs, and at the
 * first reading. Not thread-safe.
 */
public final class CoreLoads {
  private static final int IDLE = 3;
  private static final int IO_WAIT = 4;

  /** Later columns (guest time) are part of earlier ones. */
  private static final int COLUMNS = 8;

  private final Path file;
  private Map<String, Ticks> before = new HashMap<>();

  private record Ticks(long all, long idle) {}

  CoreLoads(Path root) {
    this.file = root.resolve("proc/stat");
  }

  /** The cores of this machine. */
  public static CoreLoads ofMachine() {
    return new CoreLoads(Path.of("/"));
  }

  /** Shares from 0 to 1 by core, in the system's order: {@code core 0}, {@code core 1}, … */
  public Map<String, Double> read() {
    Map<String, Ticks> now = ticks();
    Map<String, Double> loads = new LinkedHashMap<>();
    now.forEach(
        (core, ticks) -> {
          Ticks then = before.get(core);
          if (then != null && ticks.all() > then.all()) {
            loads.put(core, busy(then, ticks));
          }
        });
    before = now;
    return loads;
  }

  private static double busy(Ticks then, Ticks now) {
    double idle = (double) (now.idle() - then.idle()) / (now.all() - then.all());
    return Math.min(1, Math.max(0, 1 - idle));
  }

  private Map<String, Ticks> ticks() {
    Map<String, Ticks> ticks = new LinkedHashMap<>();
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
      String line = lines.readLine();
      while (line != null && line.startsWith("cpu")) {
        if (Character.isDigit(line.charAt(3))) {
          ticks.put("core " + line.substring(3, line.indexOf(' ')), parse(line));
        }
        line = lines.readLine();
      }
    } catch (IOException | RuntimeException unreadable) {
      return Map.of();
    }
    return ticks;
  }

  private static Ticks parse(String line) {
    String[] words = line.split(" +", -1);
    long all = 0;
    long idle = 0;
    for (int column = 0; column < COLUMNS && column + 1 < words.length; column++) {
      long count = Long.parseLong(words[column + 1]);
      all += count;
      idle += column == IDLE || column == IO_WAIT ? count : 0;
    }
    return new Ticks(all, idle);
  }
}
