package io.smartops.report.page;

import io.smartops.report.history.RunSnapshot;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The page as one self-contained HTML text: style, script, the chart library and, for a report, the
 * data are all inside, so that it opens from a disk with no network.
 *
 * <p>The chart library is uPlot, out of its WebJar on the class path.
 */
public final class ReportPage {
  private static final String WEBJAR = "/META-INF/maven/org.webjars.npm/uplot/pom.properties";
  private static final Pattern PLACE = Pattern.compile("\\{\\{([a-z.]+)}}");

  private ReportPage() {}

  /** The page with the whole of {@code snapshot} in it. */
  public static String report(RunSnapshot snapshot) {
    return page("report", snapshot.info().name(), RunJson.of(snapshot, Seen.NOTHING));
  }

  /** The page that asks its server for the data. */
  public static String live(String name) {
    return page("live", name, "null");
  }

  private static String page(String mode, String title, String data) {
    Map<String, String> parts = new LinkedHashMap<>();
    parts.put("mode", mode);
    parts.put("title", escaped(title) + " – SmartOps");
    parts.put("data", data);
    parts.put("page.css", own("page.css"));
    parts.put("page.js", own("page.js"));
    parts.put("uplot.css", uplot("uPlot.min.css"));
    parts.put("uplot.js", uplot("uPlot.iife.min.js"));
    return PLACE
        .matcher(own("page.html"))
        .replaceAll(place -> Matcher.quoteReplacement(parts.getOrDefault(place.group(1), "")));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private static String own(String name) {
    return resource("/io/smartops/report/page/" + name);
  }

  private static String uplot(String name) {
    return resource("/META-INF/resources/webjars/uplot/" + uplotVersion() + "/dist/" + name);
  }

  private static String uplotVersion() {
    try (InputStream in = open(WEBJAR)) {
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String resource(String path) {
    try (InputStream in = open(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String path) {
    InputStream in = ReportPage.class.getResourceAsStream(path);
    if (in == null) {
      throw new IllegalStateException(
          path
              + " is not on the class path: add org.webjars.npm:uplot, which smartops-runtime"
              + " depends on");
    }
    return in;
  }
}
