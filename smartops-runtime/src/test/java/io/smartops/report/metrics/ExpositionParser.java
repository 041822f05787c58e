package io.smartops.report.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads Prometheus' text format 0.0.4 as strictly as {@code promtool check metrics} does: each
 * metric has one HELP and one TYPE line before its samples, samples of a metric are neighbours, no
 * series comes twice, names and labels are well formed, counters end in {@code _total}.
 */
public final class ExpositionParser {
  private static final Pattern COMMENT =
      Pattern.compile("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)");
  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{.*})? (\\S+)");
  private static final Pattern LABELS =
      Pattern.compile(
          "\\{(?:[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\"(?:,(?=[a-zA-Z_])|(?=})))*}");

  private final Map<String, Double> series = new LinkedHashMap<>();
  private final Map<String, String> types = new HashMap<>();
  private final Set<String> helped = new HashSet<>();
  private final Set<String> finished = new HashSet<>();
  private String current = "";

  private ExpositionParser() {}

  /** The value of each series by name and labels, in order; fails the test on any fault. */
  public static Map<String, Double> parse(String text) {
    assertThat(text).endsWith("\n");
    ExpositionParser parser = new ExpositionParser();
    text.lines().forEach(parser::line);
    return parser.series;
  }

  private void line(String line) {
    if (line.startsWith("#")) {
      comment(line);
    } else {
      sample(line);
    }
  }

  private void comment(String line) {
    Matcher comment = COMMENT.matcher(line);
    assertThat(comment.matches()).as(line).isTrue();
    String metric = comment.group(2);
    enter(metric, line);
    if (comment.group(1).equals("HELP")) {
      assertThat(helped.add(metric)).as(line).isTrue();
    } else {
      assertThat(comment.group(3)).as(line).isIn("counter", "gauge");
      assertThat(types.put(metric, comment.group(3))).as(line).isNull();
    }
  }

  private void sample(String line) {
    Matcher sample = SAMPLE.matcher(line);
    assertThat(sample.matches()).as(line).isTrue();
    String metric = sample.group(1);
    enter(metric, line);
    assertThat(types).as(line).containsKey(metric);
    assertThat(helped).as(line).contains(metric);
    if (metric.startsWith("smartops_")) {
      assertThat(metric.endsWith("_total")).as(line).isEqualTo(types.get(metric).equals("counter"));
    }
    String labels = sample.group(2) == null ? "" : sample.group(2);
    assertThat(labels.isEmpty() || LABELS.matcher(labels).matches()).as(line).isTrue();
    Double before = series.put(metric + labels, Double.valueOf(sample.group(3)));
    assertThat(before).as("twice: " + line).isNull();
  }

  private void enter(String metric, String line) {
    if (!metric.equals(current)) {
      assertThat(finished).as("not neighbours: " + line).doesNotContain(metric);
      finished.add(current);
      current = metric;
    }
  }
}
