package io.smartops.report.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.report.history.RunHistory;
import io.smartops.report.history.SampleRun;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RunConsoleTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  @Test
  void withoutATerminalALineComesEveryFiveSeconds() {
    AtomicLong nanos = new AtomicLong();
    try (ProgressLine line = new ProgressLine.Periodic(OptionalLong.of(40), out, nanos::get)) {
      for (int second = 1; second <= 12; second++) {
        nanos.set(Duration.ofSeconds(second).toNanos());
        line.update(second, "fine");
      }
    }

    assertThat(printed().lines()).containsExactly("step 5/40  fine", "step 10/40  fine");
  }

  @Test
  void onATerminalOneLineIsRedrawn() {
    AtomicLong nanos = new AtomicLong();
    try (ProgressLine line = new ProgressLine.Live(OptionalLong.of(40), out, nanos::get)) {
      assertThat(line.isDue()).isTrue();
      line.update(10, "64×8");
      assertThat(line.isDue()).isFalse();
      nanos.addAndGet(Duration.ofMillis(200).toNanos());
      assertThat(line.isDue()).isTrue();
    }

    assertThat(printed()).contains("10/40").contains("64×8").contains("\r").doesNotContain("\n\n");
  }

  @Test
  void theLineSaysWhatIsKnown() {
    RunHistory history = SampleRun.eventful();

    String text = new StatusText(OptionalLong.of(640)).of(history.latest().orElseThrow(), history);

    // 240 steps of 240.1 ms are left.
    assertThat(text)
        .isEqualTo("2,132/s  171×3  float32  prefetch 6/2  400/448 MiB  loss 0.0155  ETA 0:57");
  }

  @Test
  void theTableTellsWhatWasTunedAndWhatItBrought() {
    assertThat(FinalTable.of(SampleRun.eventful().snapshot()))
        .contains(
            "",
            " training         400 steps, 204,800 samples in 98.4 s: 2,081 samples/s",
            " memory           most in use 419 MiB",
            " out of memory    1 survived, 0 foreseen",
            " data             waited 2.4 s for it, 2.4 % of the time",
            " micro-batch      512 → 171 in 3 changes",
            " prefetch depth   2 → 6 in 1 change, 2,065 → 2,132 samples/s (+3.3 %)")
        .anyMatch(line -> line.startsWith(" MFU              27.7 % of the peak; measured"));
  }

  @Test
  void aSilentConsoleShowsNothing() {
    RunHistory history = SampleRun.eventful();
    try (RunConsole console =
        new RunConsole(history, ConsoleMode.SILENT, OptionalLong.empty(), out)) {
      console.onStep(SampleRun.report(400, 171));
    }

    assertThat(printed()).isEmpty();
  }

  @Test
  void aPlainConsoleEndsWithTheTable() {
    RunHistory history = SampleRun.eventful();
    try (RunConsole console =
        new RunConsole(history, ConsoleMode.PLAIN, OptionalLong.empty(), out)) {
      console.onStep(SampleRun.report(400, 171));
    }

    assertThat(printed().lines()).containsExactlyElementsOf(FinalTable.of(history.snapshot()));
  }

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
