package io.smartops.nvml.fake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.smartops.nvml.GpmSession;
import io.smartops.nvml.GpuDevice;
import io.smartops.nvml.GpuEvents;
import io.smartops.nvml.Nvml;
import io.smartops.nvml.NvmlOptions;
import io.smartops.nvml.driver.MemoryProbe;
import io.smartops.nvml.reading.ClockType;
import io.smartops.nvml.reading.ComputeCapability;
import io.smartops.nvml.reading.EventType;
import io.smartops.nvml.reading.GpmMetric;
import io.smartops.nvml.reading.GpmValue;
import io.smartops.nvml.reading.GpuProcess;
import io.smartops.nvml.reading.MemoryInfo;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.PcieDirection;
import io.smartops.nvml.reading.ProcessKind;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.TemperatureThreshold;
import io.smartops.nvml.reading.ThrottleReason;
import io.smartops.nvml.reading.Utilization;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class FakeNvmlTest {
  @SuppressWarnings("unused") // of the parameterized tests
  private static final List<String> PROFILES = FakeProfile.NAMES;

  private final FakeClock clock = new FakeClock();

  @ParameterizedTest
  @FieldSource("PROFILES")
  void everyProfileHasIdentityMemoryAndStatuses(String name) {
    FakeNvml fake = FakeNvml.of(clock, name);
    try (Nvml nvml = fake.open()) {
      GpuDevice gpu = nvml.device(0).orElseThrow();
      assertThat(gpu.name().isPresent()).isTrue();
      assertThat(gpu.uuid().orElseThrow()).startsWith("GPU-");
      assertThat(gpu.architecture().isPresent()).isTrue();
      MemoryInfo memory = gpu.memory().orElseThrow();
      assertThat(memory.usedBytes() + memory.freeBytes() + memory.reservedBytes().orElseThrow())
          .isEqualTo(memory.totalBytes());
      assertThat(nvml.deviceByUuid(gpu.uuid().orElseThrow()).isPresent()).isTrue();
    }
  }

  /** Where a profile has a signal, the signal fits the others. */
  @ParameterizedTest
  @FieldSource("PROFILES")
  void everyProfilesSignalsFitTogether(String name) {
    FakeNvml fake = FakeNvml.of(clock, name);
    try (Nvml nvml = fake.open()) {
      GpuDevice gpu = nvml.device(0).orElseThrow();
      int cold = gpu.temperatureCelsius().orElse(0);
      fake.gpu(0).load(0.6);
      double watts = gpu.powerMilliwatts().orElse(0L) / 1000.0;
      clock.advance(Duration.ofMinutes(10));
      assertThat(gpu.energyMillijoules().map(energy -> energy / 1000.0).orElse(600 * watts))
          .isCloseTo(600 * watts, within(1.0));
      assertThat(gpu.temperatureCelsius().orElse(cold + 5)).isGreaterThanOrEqualTo(cold + 5);
      assertThat(gpu.averagePowerMilliwatts().orElse(gpu.powerMilliwatts().orElse(0L)))
          .isEqualTo(gpu.powerMilliwatts().orElse(0L));
      fake.gpu(0).load(1);
      assertThat(gpu.throttleReasons())
          .isEqualTo(Reading.of(Set.of(ThrottleReason.SOFTWARE_POWER_CAP)));
      assertThat(gpu.powerMilliwatts()).isEqualTo(whereThereIsPower(gpu));
      assertThat(gpu.performanceState()).isEqualTo(Reading.of(0));
    }
  }

  private static Reading<Long> whereThereIsPower(GpuDevice gpu) {
    return gpu.powerMilliwatts().flatMap(power -> gpu.enforcedPowerLimitMilliwatts());
  }

  @Test
  void migDevicesShareTheirCard() {
    FakeNvml fake = FakeNvml.of(clock, "H100-MIG-3G");
    fake.migDevice(0, 0).process(1, 1 << 30).load(0.5);
    fake.migDevice(0, 1).process(2, 2L << 30);
    assertThat(fake.gpu(0).migDevices()).isEqualTo(2);
    try (Nvml nvml = fake.open()) {
      GpuDevice card = nvml.device(0).orElseThrow();
      GpuDevice first = card.mig().devices().orElseThrow().get(0);
      assertThat(card.memory().orElseThrow().usedBytes()).isEqualTo(3L << 30);
      assertThat(first.memory().orElseThrow().usedBytes()).isEqualTo(1 << 30);
      assertThat(first.mig().parent().flatMap(GpuDevice::uuid)).isEqualTo(card.uuid());
      assertThat(first.mig().attributes().orElseThrow().profile()).isEqualTo("3g.40gb");
      assertThat(
              List.of(
                  first.utilization().status(),
                  first.powerMilliwatts().status(),
                  first.temperatureCelsius().status(),
                  first.pcieKilobytesPerSecond(PcieDirection.RECEIVE).status()))
          .containsOnly(NvmlStatus.NOT_SUPPORTED);
      GpmSession gpm = first.openGpm().orElseThrow();
      gpm.read(Set.of(GpmMetric.GRAPHICS_ACTIVE));
      clock.advance(Duration.ofSeconds(1));
      assertThat(
              gpm.read(Set.of(GpmMetric.GRAPHICS_ACTIVE))
                  .flatMap(window -> window.metric(GpmMetric.GRAPHICS_ACTIVE))
                  .map(GpmValue::value)
                  .orElseThrow())
          .isCloseTo(50.0, within(1e-9));
    }
  }

  @Test
  void profilesDifferAsTheCardsDo() {
    FakeNvml fake = FakeNvml.of(clock, "T4", "RTX4090", "H100", "VGPU", "WSL");
    try (Nvml nvml = fake.open()) {
      List<GpuDevice> gpus = nvml.devices().orElseThrow();
      assertThat(gpus.get(0).computeCapability())
          .isEqualTo(Reading.of(new ComputeCapability(7, 5)));
      assertThat(gpus.get(0).fans().status()).isEqualTo(NvmlStatus.NOT_SUPPORTED);
      assertThat(gpus.get(1).ecc().mode().status()).isEqualTo(NvmlStatus.NOT_SUPPORTED);
      assertThat(gpus.get(1).fanPercent(1)).isEqualTo(Reading.of(40));
      assertThat(gpus.get(2).supportsGpm()).isEqualTo(Reading.of(true));
      assertThat(gpus.get(0).openGpm().status()).isEqualTo(NvmlStatus.NOT_SUPPORTED);
      assertThat(gpus.get(3).powerMilliwatts().status()).isEqualTo(NvmlStatus.NOT_SUPPORTED);
      assertThat(gpus.get(3).pcieKilobytesPerSecond(PcieDirection.TRANSMIT).status())
          .isEqualTo(NvmlStatus.NOT_SUPPORTED);
      assertThat(gpus.get(4).processes(ProcessKind.COMPUTE).status())
          .isEqualTo(NvmlStatus.NOT_SUPPORTED);
      assertThat(gpus.get(4).utilization().status()).isEqualTo(NvmlStatus.NOT_SUPPORTED);
      assertThat(gpus.get(4).temperatureCelsius().isPresent()).isTrue();
    }
  }

  @Test
  void memoryFollowsProcesses() {
    FakeNvml fake = FakeNvml.of(clock, "T4");
    FakeGpu card = fake.gpu(0).process(10, 1 << 30).process(11, 2 << 20);
    try (Nvml nvml = fake.open()) {
      GpuDevice gpu = nvml.device(0).orElseThrow();
      MemoryProbe probe = gpu.openMemoryProbe().orElseThrow();
      assertThat(probe.usedBytes()).isEqualTo((1 << 30) + (2 << 20));
      card.process(10, 0);
      assertThat(probe.read()).isEqualTo(NvmlStatus.SUCCESS);
      assertThat(probe.usedBytes()).isEqualTo(2 << 20);
      assertThat(gpu.processes(ProcessKind.COMPUTE).orElseThrow().stream().map(GpuProcess::pid))
          .containsExactly(11L);
    }
    assertThatThrownBy(() -> card.process(12, 1L << 40))
        .hasMessageContaining("usedBytes must be from 0 to the");
    assertThatThrownBy(() -> card.load(1.5)).hasMessageContaining("from 0 to 1, but is 1.5");
  }

  @Property(tries = 40, seed = "20261122")
  void energyIsTheIntegralOfPower(
      @ForAll @DoubleRange(min = 0, max = 0.9) double load,
      @ForAll @IntRange(min = 1, max = 100) int seconds) {
    FakeClock time = new FakeClock();
    FakeNvml fake = FakeNvml.of(time, "H100");
    try (Nvml nvml = fake.open()) {
      GpuDevice gpu = nvml.device(0).orElseThrow();
      fake.gpu(0).load(load);
      double watts = gpu.powerMilliwatts().orElseThrow() / 1000.0;
      time.advance(Duration.ofSeconds(seconds));
      double joules = gpu.energyMillijoules().orElseThrow() / 1000.0;
      assertThat(joules).isCloseTo(watts * seconds, within(0.001 * seconds + 0.001));
    }
  }

  @Test
  void temperatureFollowsPowerAndComesBack() {
    FakeNvml fake = FakeNvml.of(clock, "A100");
    try (Nvml nvml = fake.open()) {
      GpuDevice gpu = nvml.device(0).orElseThrow();
      int cold = gpu.temperatureCelsius().orElseThrow();
      fake.gpu(0).load(0.8);
      clock.advance(Duration.ofSeconds(10));
      int warming = gpu.temperatureCelsius().orElseThrow();
      clock.advance(Duration.ofMinutes(10));
      int warm = gpu.temperatureCelsius().orElseThrow();
      assertThat(warming).isBetween(cold + 5, warm - 5);
      // Ambient 30 °C + (62 + 0.8 × 368) W × 0.11 °C/W
      assertThat(warm).isEqualTo(69);
      fake.gpu(0).load(0);
      clock.advance(Duration.ofMinutes(10));
      assertThat(gpu.temperatureCelsius()).isEqualTo(Reading.of(cold));
    }
  }

  @Test
  void throttlesAtThePowerLimit() {
    FakeNvml fake = FakeNvml.of(clock, "H100");
    try (Nvml nvml = fake.open()) {
      GpuDevice gpu = nvml.device(0).orElseThrow();
      assertThat(gpu.throttleReasons()).isEqualTo(Reading.of(Set.of(ThrottleReason.GPU_IDLE)));
      fake.gpu(0).load(0.5);
      assertThat(gpu.throttleReasons()).isEqualTo(Reading.of(Set.of()));
      assertThat(gpu.clockMegahertz(ClockType.SM)).isEqualTo(Reading.of(1980));
      fake.gpu(0).load(1);
      assertThat(gpu.throttleReasons())
          .isEqualTo(Reading.of(Set.of(ThrottleReason.SOFTWARE_POWER_CAP)));
      assertThat(gpu.powerMilliwatts()).isEqualTo(gpu.enforcedPowerLimitMilliwatts());
      assertThat(gpu.clockMegahertz(ClockType.SM).orElseThrow()).isLessThan(1980);
    }
  }

  @Test
  void slowsDownWhenTooHot() {
    FakeProfile hot = FakeProfile.named("T4").with("physics.ambientCelsius", "80");
    FakeNvml fake = FakeNvml.of(clock, List.of(hot));
    try (Nvml nvml = fake.open()) {
      GpuDevice gpu = nvml.device(0).orElseThrow();
      fake.gpu(0).load(0.9);
      clock.advance(Duration.ofMinutes(5));
      assertThat(gpu.temperatureCelsius().orElseThrow())
          .isGreaterThanOrEqualTo(
              gpu.temperatureThresholdCelsius(TemperatureThreshold.SLOWDOWN).orElseThrow());
      assertThat(gpu.throttleReasons().orElseThrow()).contains(ThrottleReason.HARDWARE_THERMAL);
      assertThat(gpu.clockMegahertz(ClockType.SM)).isEqualTo(Reading.of(795));
    }
  }

  @Test
  void scriptedFaultsComeAndGo() {
    FakeNvml fake = FakeNvml.of(clock, "H100");
    try (Nvml nvml = fake.open()) {
      GpuDevice gpu = nvml.device(0).orElseThrow();
      fake.gpu(0).fail("nvmlDeviceGetMemoryInfo", NvmlStatus.NO_PERMISSION);
      assertThat(gpu.memory().status()).isEqualTo(NvmlStatus.NO_PERMISSION);
      assertThat(gpu.utilization()).isEqualTo(Reading.of(new Utilization(0, 0)));
      fake.gpu(0).recover("nvmlDeviceGetMemoryInfo");
      assertThat(gpu.memory().isPresent()).isTrue();
      fake.gpu(0).lose();
      assertThat(gpu.name().status()).isEqualTo(NvmlStatus.GPU_IS_LOST);
      assertThat(nvml.device(0).status()).isEqualTo(NvmlStatus.GPU_IS_LOST);
      fake.gpu(0).comeBack();
      assertThat(gpu.name().isPresent()).isTrue();
    }
  }

  @Test
  void initIsCountedAndMayFail() {
    FakeNvml fake = FakeNvml.of(clock, "T4").failInit(NvmlStatus.LIB_RM_VERSION_MISMATCH);
    assertThat(Nvml.tryOpen(fake, NvmlOptions.defaults()).status())
        .isEqualTo(NvmlStatus.LIB_RM_VERSION_MISMATCH);
    fake.failInit(NvmlStatus.SUCCESS);
    Nvml nvml = fake.open();
    assertThat(fake.initialised()).isEqualTo(1);
    nvml.close();
    assertThat(fake.initialised()).isZero();
    assertThat(nvml.deviceCount().status()).isEqualTo(NvmlStatus.UNINITIALIZED);
  }

  @Test
  void gpmWindowsAreAtLeast100Milliseconds() {
    FakeNvml fake = FakeNvml.of(clock, "H100");
    Set<GpmMetric> metrics = EnumSet.of(GpmMetric.SM_ACTIVE, GpmMetric.GRAPHICS_ACTIVE);
    fake.gpu(0).load(0.5);
    try (Nvml nvml = fake.open();
        GpmSession gpm = nvml.device(0).orElseThrow().openGpm().orElseThrow()) {
      assertThat(gpm.read(metrics).status()).isEqualTo(NvmlStatus.NOT_READY);
      clock.advance(Duration.ofMillis(99));
      assertThat(gpm.read(metrics).status()).isEqualTo(NvmlStatus.NOT_READY);
      clock.advance(Duration.ofMillis(1));
      var window = gpm.read(metrics).orElseThrow();
      assertThat(window.length()).isEqualTo(Duration.ofMillis(100));
      assertThat(window.metric(GpmMetric.GRAPHICS_ACTIVE).map(GpmValue::value).orElseThrow())
          .isCloseTo(50.0, within(1e-9));
      assertThat(window.metric(GpmMetric.FP64_ACTIVE).status()).isEqualTo(NvmlStatus.NOT_FOUND);
    }
  }

  @Test
  void xidEventsReachTheWatchers() {
    FakeNvml fake = FakeNvml.of(clock, "H100");
    try (Nvml nvml = fake.open();
        GpuEvents events =
            nvml.device(0).orElseThrow().watch(Set.of(EventType.XID_CRITICAL)).orElseThrow()) {
      fake.gpu(0).raiseXid(79);
      assertThat(events.poll().orElseThrow().get(0).xid()).hasValue(79);
      assertThat(events.poll()).isEqualTo(Reading.of(List.of()));
    }
  }

  @Test
  void aBadProfileNameListsTheGoodOnes() {
    assertThatThrownBy(() -> FakeNvml.of("H900"))
        .hasMessageContaining("H100-MIG-3G")
        .hasMessageContaining("H900");
  }
}
