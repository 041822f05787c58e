package io.smartops.benchmarks.bundle;

import java.util.List;
import java.util.Locale;

/** Results for the terminal. */
final class ResultTable {
  private static final int SUMMARY_WIDTH = 110;

  private ResultTable() {}

  /** One line for each result, and one that counts. */
  static String of(List<CheckResult> results) {
    int width = results.stream().mapToInt(r -> r.check().length()).max().orElse(0);
    StringBuilder table = new StringBuilder();
    for (CheckResult result : results) {
      table.append(line(result, width)).append('\n');
    }
    return table.append(total(results)).append('\n').toString();
  }

  private static String line(CheckResult result, int width) {
    return String.format(
        Locale.ROOT,
        "%-" + Math.max(1, width) + "s  %-10s  %6.1f s  %s",
        result.check(),
        result.finding().verdict(),
        result.seconds(),
        shortened(result.finding().summary()));
  }

  private static String shortened(String summary) {
    String line = summary.replaceAll("\\s+", " ").strip();
    return line.length() <= SUMMARY_WIDTH ? line : line.substring(0, SUMMARY_WIDTH - 3) + "...";
  }

  private static String total(List<CheckResult> results) {
    StringBuilder line = new StringBuilder();
    for (Verdict verdict : Verdict.values()) {
      long count = results.stream().filter(r -> r.finding().verdict() == verdict).count();
      if (count > 0) {
        String words = verdict.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        line.append(line.isEmpty() ? "" : ", ").append(count).append(' ').append(words);
      }
    }
    return line.isEmpty() ? "no checks" : line.toString();
  }
}
