package io.smartops.benchmarks.bundle;

import com.google.gson.JsonObject;
import io.smartops.nvml.GpmSession;
import io.smartops.nvml.reading.GpmMetric;
import io.smartops.nvml.reading.GpmValue;
import io.smartops.nvml.reading.GpmWindow;
import io.smartops.nvml.reading.Reading;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

/** One window of the performance monitor as JSON. */
final class GpmFigures {
  private static final Set<GpmMetric> ALL = EnumSet.allOf(GpmMetric.class);

  private GpmFigures() {}

  /** The window that {@code load} fills; the first read opens it. */
  static Reading<GpmWindow> during(GpmSession session, Runnable load) {
    session.read(ALL);
    load.run();
    return session.read(ALL);
  }

  static JsonObject of(Reading<GpmWindow> window) {
    JsonObject json = new JsonObject();
    json.addProperty("status", window.status().name());
    window.toOptional().ifPresent(present -> add(present, json));
    return json;
  }

  private static void add(GpmWindow window, JsonObject json) {
    json.addProperty("windowSeconds", window.length().toNanos() / 1e9);
    for (GpmMetric metric : GpmMetric.values()) {
      json.addProperty(metric.name(), words(window.metric(metric)));
    }
  }

  static String words(Reading<GpmValue> reading) {
    return reading.map(value -> value.value() + " " + value.unit()).toString();
  }

  /** Lets the window last for {@code length}. */
  static void rest(Duration length) {
    try {
      Thread.sleep(length.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
