package io.smartops.nvml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smartops.nvml.driver.MemoryProbe;
import io.smartops.nvml.jna.StubControl;
import io.smartops.nvml.reading.EventType;
import io.smartops.nvml.reading.GpuProcess;
import io.smartops.nvml.reading.MemoryInfo;
import io.smartops.nvml.reading.NvmlException;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.PciAddress;
import io.smartops.nvml.reading.PcieDirection;
import io.smartops.nvml.reading.ProcessKind;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.ThrottleReason;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Libraries that are old, broken, forbidden, growing or stuck. */
class NativeVariantsTest {

  private static Nvml open(String variant) {
    return Nvml.tryOpen(StubLibrary.options(variant)).orElseThrow();
  }

  private static GpuDevice first(Nvml nvml) {
    return nvml.device(0).orElseThrow();
  }

  @Test
  void anOldDriverFallsBackFunctionByFunction() {
    try (Nvml nvml = open("STUB_OLD")) {
      GpuDevice gpu = first(nvml);
      MemoryInfo v1 = new MemoryInfo(85520809984L, 1520809984L, 84000000000L, OptionalLong.empty());
      assertThat(gpu.memory()).isEqualTo(Reading.of(v1));
      assertThat(gpu.openMemoryProbe().map(MemoryProbe::snapshot)).isEqualTo(Reading.of(v1));
      assertThat(gpu.temperatureCelsius()).isEqualTo(Reading.of(64));
      assertThat(gpu.fanPercent(0)).isEqualTo(Reading.of(33));
      assertThat(gpu.throttleReasons())
          .isEqualTo(
              Reading.of(
                  EnumSet.of(ThrottleReason.SOFTWARE_POWER_CAP, ThrottleReason.HARDWARE_THERMAL)));
      assertThat(gpu.processes(ProcessKind.COMPUTE))
          .isEqualTo(
              Reading.of(
                  List.of(
                      new GpuProcess(
                          4001, OptionalLong.of(1000), OptionalInt.empty(), OptionalInt.empty()),
                      new GpuProcess(
                          4002, OptionalLong.empty(), OptionalInt.empty(), OptionalInt.empty()))));
    }
  }

  @Test
  void whatAnOldDriverLacksIsFunctionNotFound() {
    try (Nvml nvml = open("STUB_OLD")) {
      GpuDevice gpu = first(nvml);
      assertThat(
              List.of(
                  gpu.energyMillijoules().status(),
                  gpu.fanPercent(1).status(),
                  gpu.memoryTemperatureCelsius().status(),
                  gpu.pcieBytes(PcieDirection.RECEIVE).status(),
                  gpu.processes(ProcessKind.GRAPHICS).status(),
                  gpu.processUtilization(0).status(),
                  gpu.openGpm().status(),
                  gpu.watch(Set.of(EventType.XID_CRITICAL)).status()))
          .containsOnly(NvmlStatus.FUNCTION_NOT_FOUND);
    }
  }

  @Test
  void aDriverInBetweenUsesTheSecondVersions() {
    try (Nvml nvml = open("STUB_MIDDLE")) {
      GpuDevice gpu = first(nvml);
      assertThat(gpu.pci())
          .isEqualTo(Reading.of(new PciAddress(0, 0x17, 0, 0x233010DE, 0x16C110DE)));
      assertThat(gpu.temperatureCelsius()).isEqualTo(Reading.of(64));
      assertThat(gpu.processes(ProcessKind.COMPUTE).orElseThrow())
          .containsExactly(
              new GpuProcess(5001, OptionalLong.of(1000), OptionalInt.empty(), OptionalInt.empty()),
              new GpuProcess(5002, OptionalLong.of(1001), OptionalInt.of(2), OptionalInt.of(0)));
      assertThat(gpu.processes(ProcessKind.GRAPHICS)).isEqualTo(Reading.of(List.of()));
      assertThat(gpu.processes(ProcessKind.MPS_COMPUTE).orElseThrow().get(0).pid()).isEqualTo(6001);
    }
  }

  @Test
  void aRefusedVersionFallsBackToTheOlderStructure() {
    try (Nvml nvml = open("STUB_MISMATCH")) {
      GpuDevice gpu = first(nvml);
      assertThat(gpu.memory().orElseThrow().reservedBytes()).isEmpty();
      assertThat(gpu.openMemoryProbe().orElseThrow().separatesReserved()).isFalse();
      assertThat(gpu.temperatureCelsius()).isEqualTo(Reading.of(64));
    }
  }

  @Test
  void reads32ByteProcessEntries() {
    try (Nvml nvml = open("STUB_LONG")) {
      assertThat(first(nvml).processes(ProcessKind.COMPUTE).orElseThrow())
          .containsExactly(
              new GpuProcess(5001, OptionalLong.of(1000), OptionalInt.empty(), OptionalInt.empty()),
              new GpuProcess(5002, OptionalLong.of(1001), OptionalInt.of(2), OptionalInt.of(0)));
    }
  }

  @Test
  void aListThatOutgrowsItsCountIsReadInTheEnd() {
    try (Nvml nvml = open("STUB_GROWING")) {
      List<GpuProcess> processes = first(nvml).processes(ProcessKind.COMPUTE).orElseThrow();
      assertThat(processes.stream().mapToLong(GpuProcess::pid))
          .containsExactlyElementsOf(
              LongStream.range(5001, 5001 + processes.size()).boxed().toList());
      assertThat(processes.size()).isGreaterThan(2);
    }
  }

  @Test
  void aListThatNeverEndsIsAStatus() {
    try (Nvml nvml = open("STUB_ENDLESS")) {
      assertThat(first(nvml).processes(ProcessKind.COMPUTE).status())
          .isEqualTo(NvmlStatus.INSUFFICIENT_SIZE);
    }
  }

  @Test
  void withoutPermissionEveryReadingSaysSo() {
    try (Nvml nvml = open("STUB_DENIED")) {
      GpuDevice gpu = first(nvml);
      assertThat(
              List.of(
                  gpu.memory().status(),
                  gpu.name().status(),
                  gpu.processes(ProcessKind.COMPUTE).status(),
                  gpu.openMemoryProbe().status()))
          .containsOnly(NvmlStatus.NO_PERMISSION);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "STUB_INIT=18,LIB_RM_VERSION_MISMATCH",
    "STUB_INIT=9,DRIVER_NOT_LOADED",
    "STUB_INIT=4242,UNKNOWN",
    "STUB_EMPTY,FUNCTION_NOT_FOUND"
  })
  void aFailedInitIsAStatusWithAdvice(String variant, NvmlStatus expected) {
    Reading<Nvml> opened = Nvml.tryOpen(StubLibrary.options(variant));
    assertThat(opened.status()).isEqualTo(expected);
    assertThatThrownBy(opened::orElseThrow)
        .isInstanceOf(NvmlException.class)
        .hasMessageContaining(expected.advice());
  }

  @Test
  void aDriverWithoutACardOpensAllTheSame() {
    try (Nvml nvml = open("STUB_INIT=28")) {
      assertThat(nvml.driverVersion()).isEqualTo(Reading.of("550.54.15"));
    }
  }

  @Test
  void aMissingLibraryIsAStatusWithAdvice() {
    NvmlOptions options = NvmlOptions.defaults().withLibrary(Path.of("/nowhere/libnvidia-ml.so.1"));
    Reading<Nvml> opened = Nvml.tryOpen(options);
    assertThat(opened.status()).isEqualTo(NvmlStatus.LIBRARY_NOT_FOUND);
    assertThatThrownBy(opened::orElseThrow)
        .isInstanceOf(NvmlException.class)
        .hasMessageContaining("/nowhere/libnvidia-ml.so.1")
        .hasMessageContaining("install the NVIDIA driver");
  }

  @Test
  void theToolkitsStubIsNotTheDriver() {
    Path stub = StubLibrary.build("", "lib64/stubs");
    Reading<Nvml> opened = Nvml.tryOpen(NvmlOptions.defaults().withLibrary(stub));
    assertThat(opened.status()).isEqualTo(NvmlStatus.LIBRARY_NOT_FOUND);
    assertThat(opened.toString()).contains("toolkit's stub");
  }

  @Test
  void aWedgedCallTimesOutThenFailsFastThenRecovers() {
    StubControl control = StubLibrary.control("STUB_HANG");
    NvmlOptions options =
        NvmlOptions.defaults()
            .withLibrary(StubLibrary.build("STUB_HANG"))
            .withCallTimeout(Duration.ofMillis(300));
    try (Nvml nvml = Nvml.tryOpen(options).orElseThrow()) {
      GpuDevice gpu = first(nvml);
      assertThat(gpu.utilization().status()).isEqualTo(NvmlStatus.TIMEOUT);
      assertThat(nvml.isWedged()).isTrue();
      long before = System.nanoTime();
      for (int i = 0; i < 100; i++) {
        assertThat(gpu.memory().status()).isEqualTo(NvmlStatus.TIMEOUT);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofMillis(300));
      control.release();
      while (nvml.isWedged()) {
        Thread.onSpinWait();
      }
      assertThat(gpu.utilization().isPresent()).isTrue();
    }
  }

  @Test
  void aWedgedInitIsAStatusAndSoIsTheNextOne() {
    StubControl control = StubLibrary.control("STUB_HANG_INIT");
    NvmlOptions options =
        NvmlOptions.defaults()
            .withLibrary(StubLibrary.build("STUB_HANG_INIT"))
            .withCallTimeout(Duration.ofMillis(100));
    assertThat(Nvml.tryOpen(options).status()).isEqualTo(NvmlStatus.TIMEOUT);
    assertThat(Nvml.tryOpen(options).status()).isEqualTo(NvmlStatus.TIMEOUT);
    control.release();
  }

  @Test
  void initIsCounted() {
    StubControl control = StubLibrary.control("STUB_COUNTED");
    NvmlOptions options = StubLibrary.options("STUB_COUNTED");
    Nvml one = Nvml.tryOpen(options).orElseThrow();
    Nvml two = Nvml.tryOpen(options).orElseThrow();
    assertThat(control.initialised()).isEqualTo(1);
    GpuDevice gpu = first(one);
    one.close();
    one.close();
    assertThat(gpu.memory().status()).isEqualTo(NvmlStatus.UNINITIALIZED);
    assertThat(control.initialised()).isEqualTo(1);
    assertThat(first(two).memory().isPresent()).isTrue();
    two.close();
    assertThat(control.initialised()).isZero();
    try (Nvml again = Nvml.tryOpen(options).orElseThrow()) {
      assertThat(first(again).memory().isPresent()).isTrue();
    }
  }
}
