package io.smartops.benchmarks.bundle;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code nvidia-smi -q} prints: for each GPU its values by path, as {@code BAR1 Memory
 * Usage/Total}. The indentation of a line gives its depth.
 */
final class SmiTree {
  private static final String SEPARATOR = " : ";

  private SmiTree() {}

  /** A heading that is open at some depth. */
  private record Heading(int depth, String name) {}

  static List<Map<String, String>> parse(String output) {
    List<Map<String, String>> gpus = new ArrayList<>();
    Deque<Heading> open = new ArrayDeque<>();
    for (String line : output.lines().toList()) {
      if (line.startsWith("GPU ")) {
        gpus.add(new HashMap<>());
        open.clear();
      } else if (!gpus.isEmpty() && !line.isBlank()) {
        read(line, open, gpus.get(gpus.size() - 1));
      }
    }
    return gpus;
  }

  private static void read(String line, Deque<Heading> open, Map<String, String> gpu) {
    int depth = line.length() - line.stripLeading().length();
    while (!open.isEmpty() && open.peekLast().depth() >= depth) {
      open.removeLast();
    }
    int colon = line.indexOf(SEPARATOR);
    if (colon < 0) {
      open.addLast(new Heading(depth, line.strip()));
      return;
    }
    StringBuilder path = new StringBuilder();
    open.forEach(heading -> path.append(heading.name()).append('/'));
    String value = line.substring(colon + SEPARATOR.length()).strip();
    if (!value.equals("N/A")) {
      gpu.putIfAbsent(path + line.substring(0, colon).strip(), value);
    }
  }
}
