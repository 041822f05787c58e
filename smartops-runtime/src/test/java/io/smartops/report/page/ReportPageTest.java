package io.smartops.report.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.smartops.control.Knob;
import io.smartops.report.history.RunHistory;
import io.smartops.report.history.RunSnapshot;
import io.smartops.report.history.SampleRun;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReportPageTest {

  @Test
  void aReportNeedsNothingElse() {
    String html = ReportPage.report(SampleRun.eventful().snapshot());

    assertThat(html).doesNotContain("{{");
    assertThat(html).contains("uPlot=function");
    assertThat(html)
        .doesNotContainPattern("(?i)<(script|link|img|iframe)[^>]+(src|href)=[\"']?https?:");
    assertThat(html).doesNotContainPattern("@import|url\\(\\s*[\"']?https?:");
    assertThat(html).contains("default-src 'none'");
  }

  @Test
  void namesAndReasonsCannotEndTheScript() {
    SampleRun run = new SampleRun();
    run.decide(1, Knob.PRECISION, "a", "b", "</script><script>alert(1)</script>");
    String html = ReportPage.report(run.history().snapshot());

    assertThat(html).contains("<title>sample &lt;run&gt; – SmartOps</title>");
    assertThat(html).doesNotContain("alert(1)</script>");
    assertThat(data(html).getAsJsonObject("marks").getAsJsonArray("list").get(0).toString())
        .contains("alert(1)");
  }

  @Test
  void absentFiguresAndInfinitiesAreNull() {
    JsonObject data = data(ReportPage.report(SampleRun.eventful().snapshot()));
    JsonArray loss =
        data.getAsJsonObject("steps").getAsJsonObject("columns").getAsJsonArray("loss");

    assertThat(loss.get(0).isJsonNull()).isTrue();
    assertThat(loss.get(1).getAsDouble()).isBetween(2.2, 2.3);
  }

  @Test
  void aPageThatIsSentOnlyWhatIsNewHasTheWhole() {
    SampleRun run = new SampleRun();
    JsonObject page = new JsonObject();
    Seen seen = Seen.NOTHING;
    for (int round = 0; round < 60; round++) {
      run.steps(173, 64); // crosses several halvings
      run.decide(round, Knob.MICRO_BATCH, "1", "2", "round " + round);
      RunSnapshot snapshot = run.history().snapshot();
      append(page, parse(RunJson.of(snapshot, seen)));
      seen = Seen.all(snapshot);
    }

    RunHistory history = run.history();
    JsonObject whole = parse(RunJson.of(history.snapshot(), Seen.NOTHING));
    assertThat(page.get("columns"))
        .isEqualTo(whole.getAsJsonObject("steps").getAsJsonObject("columns"));
    assertThat(page.get("marks")).isEqualTo(whole.getAsJsonObject("marks").get("list"));
    assertThat(page.get("t")).isEqualTo(whole.getAsJsonObject("devices").get("t"));
  }

  /** What the page's script does with an update. */
  private static void append(JsonObject page, JsonObject update) {
    JsonObject steps = update.getAsJsonObject("steps");
    JsonObject columns = page.has("columns") ? page.getAsJsonObject("columns") : new JsonObject();
    page.add("columns", columns);
    steps
        .getAsJsonObject("columns")
        .entrySet()
        .forEach(e -> columns.add(e.getKey(), cut(columns.get(e.getKey()), steps, e.getValue())));
    JsonObject devices = update.getAsJsonObject("devices");
    page.add("t", cut(page.get("t"), devices, devices.get("t")));
    JsonObject marks = update.getAsJsonObject("marks");
    page.add("marks", cut(page.get("marks"), marks, marks.get("list")));
  }

  private static JsonArray cut(JsonElement before, JsonObject part, JsonElement fresh) {
    JsonArray all = new JsonArray();
    for (int i = 0; i < part.get("from").getAsInt(); i++) {
      all.add(before.getAsJsonArray().get(i));
    }
    all.addAll(fresh.getAsJsonArray());
    return all;
  }

  private static JsonObject data(String html) {
    Matcher script =
        Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>")
            .matcher(html);
    assertThat(script.find()).isTrue();
    return parse(script.group(1));
  }

  private static JsonObject parse(String json) {
    return JsonParser.parseString(json).getAsJsonObject();
  }
}
