package io.smartops.benchmarks.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command of the bundle, up to the table. */
class RunChecksTest {
  @TempDir private Path folder = Path.of("");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    CommandLine command = new CommandLine(new RunChecks());
    command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return command.execute(arguments);
  }

  @Test
  void aCheckThatCannotRunIsNoFailure() throws IOException {
    String nowhere = folder.resolve("libnvidia-ml.so.1").toString();
    Path results = folder.resolve("results");
    assertThat(run("--only", "nvml-costs", "--nvml", nowhere, "--out", results.toString()))
        .isEqualTo(RunChecks.NONE_RAN);
    assertThat(out.toString())
        .contains("CANNOT_RUN", "no NVML: LIBRARY_NOT_FOUND")
        .endsWith("1 cannot run\n");
    assertThat(Files.readString(results.resolve("results.json")))
        .contains("\"verdict\": \"CANNOT_RUN\"");
  }

  @Test
  void aFolderThatCannotBeIsSaidInALine() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertThat(run("--out", file.resolve("below").toString())).isEqualTo(2);
    assertThat(err.toString()).startsWith("--out: ").doesNotContain("\tat ");
  }

  @Test
  void anUnknownNameLeadsToTheList() {
    assertThat(run("--only", "nothing")).isEqualTo(2);
    assertThat(err.toString()).startsWith("--only: no check is named 'nothing'; --list");
    assertThat(run("--list")).isZero();
    assertThat(out.toString().lines()).hasSize(Checks.all().size());
  }
}
