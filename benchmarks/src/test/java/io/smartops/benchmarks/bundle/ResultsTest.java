package io.smartops.benchmarks.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Table, JSON and exit code. */
class ResultsTest {
  private static final CheckResult PASSED = result("short", Verdict.PASSED, "all is well");
  private static final CheckResult CRASHED =
      result("a-longer-name", Verdict.CRASHED, "exit code 134\nat stage 'slice'" + " x".repeat(90));
  private static final CheckResult ABSENT = result("absent", Verdict.CANNOT_RUN, "no driver");

  private static CheckResult result(String name, Verdict verdict, String summary) {
    JsonObject figures = new JsonObject();
    figures.addProperty("medianNanos", 11_600);
    return new CheckResult(name, new Finding(verdict, summary, figures), 1.5);
  }

  @Test
  void tableAlignsCutsAndCounts() {
    List<String> lines = ResultTable.of(List.of(PASSED, CRASHED, ABSENT)).lines().toList();
    assertThat(lines).hasSize(4);
    assertThat(lines.get(0)).isEqualTo("short          PASSED         1.5 s  all is well");
    assertThat(lines.get(1)).contains("exit code 134 at stage 'slice'").endsWith("...");
    assertThat(lines.get(3)).isEqualTo("1 passed, 1 cannot run, 1 crashed");
  }

  @Test
  void jsonHoldsEverything() {
    HostLibtorch missing = new HostLibtorch.Missing("no torch");
    String json = ResultFile.of(Instant.EPOCH, missing, List.of(CRASHED));
    JsonObject root = JsonParser.parseString(json).getAsJsonObject();
    assertThat(root.get("started").getAsString()).isEqualTo("1970-01-01T00:00:00Z");
    assertThat(root.getAsJsonObject("libtorch").get("missing").getAsString()).isEqualTo("no torch");
    JsonObject check = root.getAsJsonArray("checks").get(0).getAsJsonObject();
    assertThat(check.get("verdict").getAsString()).isEqualTo("CRASHED");
    assertThat(check.getAsJsonObject("figures").get("medianNanos").getAsInt()).isEqualTo(11_600);
  }

  @Test
  void exitCodeTellsTrouble() {
    assertThat(RunChecks.exitCode(List.of(PASSED, ABSENT))).isZero();
    assertThat(RunChecks.exitCode(List.of(PASSED, CRASHED))).isEqualTo(1);
    assertThat(RunChecks.exitCode(List.of(ABSENT))).isEqualTo(RunChecks.NONE_RAN);
  }
}
