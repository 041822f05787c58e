package io.smartops.benchmarks.bundle;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code nvidia-smi --query-gpu=… --format=csv,noheader,nounits} prints: one row for each GPU,
 * by field. A field without a value is left out.
 */
record SmiTable(List<Map<String, String>> rows) {
  private static final Pattern UNKNOWN_FIELD =
      Pattern.compile("Field \"([^\"]+)\" is not a valid field");

  /** What nvidia-smi prints instead of a value. */
  private static final Pattern NO_VALUE =
      Pattern.compile("\\[?(N/A|Not Supported|Unknown Error|Insufficient Permissions)]?|\\[.*]");

  /**
   * Reads the output for these fields, in this order.
   *
   * @throws IllegalArgumentException if a row has another number of values
   */
  static SmiTable parse(List<String> fields, String output) {
    List<Map<String, String>> rows = new ArrayList<>();
    output.lines().filter(line -> !line.isBlank()).forEach(line -> rows.add(row(fields, line)));
    return new SmiTable(List.copyOf(rows));
  }

  /** The field that this nvidia-smi does not know, if that is what it complains of. */
  static Optional<String> unknownField(String output) {
    Matcher matcher = UNKNOWN_FIELD.matcher(output);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  private static Map<String, String> row(List<String> fields, String line) {
    String[] values = line.split(",", -1);
    if (values.length != fields.size()) {
      throw new IllegalArgumentException(
          "nvidia-smi gave %d values for %d fields: %s"
              .formatted(values.length, fields.size(), line));
    }
    Map<String, String> row = new HashMap<>();
    for (int i = 0; i < values.length; i++) {
      String value = values[i].strip();
      if (!value.isEmpty() && !NO_VALUE.matcher(value).matches()) {
        row.put(fields.get(i), value);
      }
    }
    return Map.copyOf(row);
  }
}
