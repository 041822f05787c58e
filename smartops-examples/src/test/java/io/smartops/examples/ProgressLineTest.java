package io.smartops.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  @Test
  void withoutATerminalALineComesEveryFiveSeconds() {
    AtomicLong nanos = new AtomicLong();
    try (ProgressLine line = new ProgressLine.Periodic(40, out, nanos::get)) {
      for (int second = 1; second <= 12; second++) {
        nanos.set(Duration.ofSeconds(second).toNanos());
        line.update(second, "fine");
      }
    }

    assertThat(printed().lines()).containsExactly("step 5/40  fine", "step 10/40  fine");
  }

  @Test
  void onATerminalOneLineIsRedrawn() {
    try (ProgressLine line = new ProgressLine.Live(40, out)) {
      line.update(10, "64×8");
    }

    assertThat(printed()).contains("10/40").contains("64×8").contains("\r").doesNotContain("\n\n");
  }

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
