package io.smartops.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoreLoadsTest {
  @TempDir private Path root;

  @Test
  void aCoresLoadIsWhatItDidNotIdle() throws IOException {
    CoreLoads loads = new CoreLoads(root);
    stat(
        "cpu  9 0 9 9 0 0 0 0 0 0\ncpu0 100 0 50 800 50 0 0 0 7 7\ncpu1 0 0 0 0 0 0 0 0 0 0\nintr 1\n");
    assertThat(loads.read()).isEmpty();

    // Core 0: 30 busy of 100 ticks, 20 of the others waiting for a disk. Core 1 did not tick.
    stat(
        "cpu  9 0 9 9 0 0 0 0 0 0\ncpu0 120 0 60 850 70 0 0 0 9 9\ncpu1 0 0 0 0 0 0 0 0 0 0\nintr 1\n");
    Map<String, Double> read = loads.read();
    assertThat(read).containsOnlyKeys("core 0");
    assertThat(read.get("core 0")).isCloseTo(0.3, within(1e-12));
  }

  @Test
  void withoutProcfsThereIsNothing() throws IOException {
    assertThat(new CoreLoads(root).read()).isEmpty();
    stat("cpu0 not a number\n");
    assertThat(new CoreLoads(root).read()).isEmpty();
  }

  private void stat(String text) throws IOException {
    Files.createDirectories(root.resolve("proc"));
    Files.writeString(root.resolve("proc/stat"), text);
  }
}
