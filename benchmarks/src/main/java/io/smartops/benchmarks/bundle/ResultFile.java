package io.smartops.benchmarks.bundle;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.time.Instant;
import java.util.List;

/** Results as JSON: {@code started}, {@code host}, {@code libtorch} and {@code checks}. */
final class ResultFile {

  private ResultFile() {}

  static String of(Instant started, HostLibtorch libtorch, List<CheckResult> results) {
    JsonObject root = new JsonObject();
    root.addProperty("started", started.toString());
    root.add("host", host());
    root.add("libtorch", libtorch(libtorch));
    JsonArray checks = new JsonArray();
    results.forEach(result -> checks.add(check(result)));
    root.add("checks", checks);
    return new GsonBuilder()
        .setPrettyPrinting()
        .serializeSpecialFloatingPointValues()
        .create()
        .toJson(root);
  }

  private static JsonObject host() {
    JsonObject host = new JsonObject();
    host.addProperty("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    host.addProperty("architecture", System.getProperty("os.arch"));
    host.addProperty("cpus", Runtime.getRuntime().availableProcessors());
    host.addProperty("java", System.getProperty("java.runtime.version"));
    host.addProperty("javaHome", System.getProperty("java.home"));
    return host;
  }

  private static JsonObject libtorch(HostLibtorch libtorch) {
    JsonObject json = new JsonObject();
    if (libtorch instanceof HostLibtorch.Found found) {
      json.addProperty("folder", found.folder().toString());
      json.addProperty("version", found.version());
      json.addProperty("flavor", found.flavor());
      json.addProperty("source", found.source());
    } else if (libtorch instanceof HostLibtorch.Missing missing) {
      json.addProperty("missing", missing.reason());
    }
    return json;
  }

  private static JsonObject check(CheckResult result) {
    JsonObject json = new JsonObject();
    json.addProperty("check", result.check());
    json.addProperty("verdict", result.finding().verdict().name());
    json.addProperty("summary", result.finding().summary());
    json.addProperty("seconds", result.seconds());
    json.add("figures", result.finding().figures());
    return json;
  }
}
