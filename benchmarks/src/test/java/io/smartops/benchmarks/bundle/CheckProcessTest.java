package io.smartops.benchmarks.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A check's process may die or hang; its parent tells. */
class CheckProcessTest {
  private static final Check CHECK = new GpmIdle();

  @TempDir private Path folder;

  /** A process that ends as its first argument says. */
  static final class Child {
    public static void main(String[] arguments) throws Exception {
      new Stages().begin("first");
      new Stages().begin("second");
      switch (arguments[0]) {
        case "die" -> Runtime.getRuntime().halt(134);
        case "hang" -> new CountDownLatch(1).await();
        default ->
            Files.writeString(
                Path.of(arguments[1]),
                "{\"verdict\":\"PASSED\",\"summary\":\"fine\",\"figures\":{\"x\":1}}");
      }
    }
  }

  private Finding run(String how, Duration timeout) {
    CheckProcess process = new CheckProcess(folder, Map.of(), Map.of());
    return process.run(CHECK, List.of(Child.class.getName(), how), timeout).finding();
  }

  @Test
  void findingComesBack() {
    Finding finding = run("write", Duration.ofMinutes(1));
    assertThat(finding.verdict()).isEqualTo(Verdict.PASSED);
    assertThat(finding.figures().get("x").getAsInt()).isEqualTo(1);
  }

  @Test
  void deathIsPlacedAtItsStage() {
    Finding finding = run("die", Duration.ofMinutes(1));
    assertThat(finding.verdict()).isEqualTo(Verdict.CRASHED);
    assertThat(finding.summary()).isEqualTo("exit code 134 at stage 'second'");
  }

  @Test
  void hangIsKilled() {
    Finding finding = run("hang", Duration.ofSeconds(2));
    assertThat(finding.verdict()).isEqualTo(Verdict.TIMED_OUT);
    assertThat(finding.summary()).startsWith("killed after 2 s");
  }
}
