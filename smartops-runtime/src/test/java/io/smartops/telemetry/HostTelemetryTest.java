package io.smartops.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole snapshots, read from trees of kernel files. */
class HostTelemetryTest {
  private static final long KIB = 1024;

  private final AtomicLong clock = new AtomicLong();
  private final AtomicLong cpu = new AtomicLong();
  private final int processors = Runtime.getRuntime().availableProcessors();

  @TempDir Path root;

  @Test
  void aMachineWithoutGroups() {
    machine();
    DeviceSnapshot snapshot = telemetry().read();
    assertThat(snapshot.usedBytes()).hasValue(600_000 * KIB);
    assertThat(snapshot.peakBytes()).hasValue(700_000 * KIB);
    assertThat(snapshot.capacityBytes()).hasValue(8_000_000 * KIB);
    assertThat(snapshot.availableBytes()).hasValue(5_000_000 * KIB);
    assertThat(snapshot.hardHeadroomBytes()).hasValue(4_096_000_000L - 3_000_000 * KIB);
    assertThat(snapshot.cores()).hasValue(processors);
  }

  @Test
  void aContainerWithALimit() {
    machine()
        .placed("0::/\n", FixtureTree.V2_MOUNTS)
        .v2Group("", "1073741824", 700_000_000, 100_000_000)
        .with("sys/fs/cgroup/cpu.max", "50000 100000\n");
    HostTelemetry telemetry = telemetry();
    DeviceSnapshot snapshot = telemetry.read();
    assertThat(snapshot.capacityBytes()).hasValue(1_073_741_824);
    assertThat(snapshot.availableBytes()).hasValue(473_741_824);
    assertThat(snapshot.cores()).hasValue(1);
    clock.set(CpuMeter.MIN_WINDOW_NANOS);
    cpu.set(CpuMeter.MIN_WINDOW_NANOS / 4);
    assertThat(telemetry.read().utilisation()).hasValue(0.5);
  }

  @Test
  void aLimitAboveTheMachineDoesNotBind() {
    machine().placed("0::/\n", FixtureTree.V2_MOUNTS).v2Group("", "99000000000", 1000, 0);
    assertThat(telemetry().read().capacityBytes()).hasValue(8_000_000 * KIB);
    assertThat(telemetry().read().availableBytes()).hasValue(5_000_000 * KIB);
  }

  @Test
  void aHostWithoutProcfsHasCoresAndUtilisationOnly() {
    HostTelemetry telemetry = telemetry();
    clock.set(CpuMeter.MIN_WINDOW_NANOS);
    cpu.set(CpuMeter.MIN_WINDOW_NANOS);
    DeviceSnapshot snapshot = telemetry.read();
    assertThat(snapshot.cores()).hasValue(processors);
    assertThat(snapshot.utilisation()).hasValue(1.0 / processors);
    assertThat(snapshot.usedBytes()).isEmpty();
    assertThat(snapshot.peakBytes()).isEmpty();
    assertThat(snapshot.capacityBytes()).isEmpty();
    assertThat(snapshot.availableBytes()).isEmpty();
    assertThat(snapshot.hardHeadroomBytes()).isEmpty();
  }

  @Test
  void anAllocatorWithoutReadingsIsAbsence() {
    DeviceSnapshot snapshot = telemetry().read();
    assertThat(snapshot.allocatedBytes()).isEmpty();
    assertThat(snapshot.reusableBytes()).isEmpty();
    assertThat(NativeAllocator.unreadable().trim()).isFalse();
  }

  private FixtureTree machine() {
    return new FixtureTree(root)
        .with("proc/self/status", ProcessFilesTest.STATUS)
        .with("proc/self/limits", ProcessFilesTest.LIMITS)
        .with("proc/meminfo", ProcessFilesTest.MACHINE);
  }

  private HostTelemetry telemetry() {
    return new HostTelemetry(
        root,
        NativeAllocator.unreadable(),
        new ResidentPeak(root),
        clock::get,
        () -> OptionalLong.of(cpu.get()));
  }
}
