package io.smartops.control;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/** The words and figures of decisions. */
final class Reasons {

  private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

  private Reasons() {}

  /** Bytes for people: three digits and a decimal unit. */
  static String bytes(double bytes) {
    double value = bytes;
    int unit = 0;
    while (Math.abs(value) >= 999.5 && unit < UNITS.length - 1) {
      value /= 1000;
      unit++;
    }
    int digits = unit == 0 || Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
    return String.format(Locale.ROOT, "%." + digits + "f %s", value, UNITS[unit]);
  }

  static String failure(int size, OptionalLong headroomBytes) {
    String failure = "a micro-batch of %d samples ran out of memory".formatted(size);
    return headroomBytes.isPresent()
        ? failure + " with %s of headroom".formatted(bytes((double) headroomBytes.getAsLong()))
        : failure;
  }

  /** The figures behind a plan; those that are unknown are left out. */
  static Map<String, Double> figures(
      int logicalSize, int microBatches, OptionalLong headroom, OptionalLong predicted, Line law) {
    Map<String, Double> figures = new LinkedHashMap<>();
    headroom.ifPresent(bytes -> figures.put("headroomBytes", (double) bytes));
    predicted.ifPresent(bytes -> figures.put("predictedBytes", (double) bytes));
    if (predicted.isPresent()) {
      figures.put("bytesPerSample", law.perSample());
      figures.put("fixedBytes", law.fixed());
    }
    figures.put("logicalBatch", (double) logicalSize);
    figures.put("microBatches", (double) microBatches);
    return figures;
  }
}
