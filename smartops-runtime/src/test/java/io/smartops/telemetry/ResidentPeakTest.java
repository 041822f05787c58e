package io.smartops.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Memory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ResidentPeakTest {
  private static final long MIB = 1 << 20;
  private static final long NOISE_BYTES = 32 * MIB;

  @TempDir Path root;

  @Test
  void asksTheKernelToResetItsCounter() throws Exception {
    FixtureTree tree =
        new FixtureTree(root).with("proc/self/status", "VmHWM:\t 900 kB\nVmRSS:\t 200 kB\n");
    ResidentPeak peak = new ResidentPeak(root);
    assertThat(peak.windowBytes()).isEmpty();
    assertThat(peak.start()).isTrue();
    assertThat(Files.readString(root.resolve("proc/self/clear_refs"))).isEqualTo("5");
    tree.with("proc/self/status", "VmHWM:\t 300 kB\nVmRSS:\t 250 kB\n");
    assertThat(peak.startBytes()).hasValue(200 * 1024);
    assertThat(peak.windowBytes()).hasValue(300 * 1024);
    assertThat(peak.lifetimeBytes(OptionalLong.of(300 * 1024))).hasValue(900 * 1024);
    assertThat(peak.lifetimeBytes(OptionalLong.of(950 * 1024))).hasValue(950 * 1024);
  }

  @Test
  void withoutProcfsThereIsNoWindow() {
    ResidentPeak peak = new ResidentPeak(root.resolve("none"));
    assertThat(peak.start()).isFalse();
    assertThat(peak.windowBytes()).isEmpty();
    assertThat(peak.startBytes()).isEmpty();
    assertThat(peak.lifetimeBytes(OptionalLong.empty())).isEmpty();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aBlockThatIsGoneIsInThePeakOfItsWindowOnly() {
    HostTelemetry telemetry = HostTelemetry.create();
    ResidentPeak peak = telemetry.residentPeak();
    assumeTrue(peak.start(), "needs a writable clear_refs");
    long before = peak.windowBytes().getAsLong();
    try (Memory block = new Memory(256 * MIB)) {
      block.clear();
    }
    assertThat(peak.windowBytes().getAsLong() - before).isCloseTo(256 * MIB, within(NOISE_BYTES));
    peak.start();
    assertThat(peak.windowBytes().getAsLong()).isCloseTo(before, within(NOISE_BYTES));
    assertThat(telemetry.read().peakBytes().getAsLong())
        .isGreaterThan(before + 256 * MIB - NOISE_BYTES);
  }
}
