package io.smartops.nvml;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.nvml.driver.MemoryProbe;
import io.smartops.nvml.jna.StubControl;
import io.smartops.nvml.reading.Architecture;
import io.smartops.nvml.reading.Bar1Memory;
import io.smartops.nvml.reading.Brand;
import io.smartops.nvml.reading.ClockType;
import io.smartops.nvml.reading.ComputeCapability;
import io.smartops.nvml.reading.EccCounter;
import io.smartops.nvml.reading.Engine;
import io.smartops.nvml.reading.EngineUtilization;
import io.smartops.nvml.reading.EventType;
import io.smartops.nvml.reading.FieldRequest;
import io.smartops.nvml.reading.FieldValue;
import io.smartops.nvml.reading.GpmMetric;
import io.smartops.nvml.reading.GpmValue;
import io.smartops.nvml.reading.GpmWindow;
import io.smartops.nvml.reading.GpuEvent;
import io.smartops.nvml.reading.GpuProcess;
import io.smartops.nvml.reading.MemoryErrorType;
import io.smartops.nvml.reading.MemoryInfo;
import io.smartops.nvml.reading.MemoryLocation;
import io.smartops.nvml.reading.MigAttributes;
import io.smartops.nvml.reading.Mode;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.P2pCapability;
import io.smartops.nvml.reading.P2pStatus;
import io.smartops.nvml.reading.PciAddress;
import io.smartops.nvml.reading.PcieDirection;
import io.smartops.nvml.reading.PowerRange;
import io.smartops.nvml.reading.ProcessKind;
import io.smartops.nvml.reading.ProcessUtilization;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.RemappedRows;
import io.smartops.nvml.reading.Sample;
import io.smartops.nvml.reading.SampleType;
import io.smartops.nvml.reading.TemperatureThreshold;
import io.smartops.nvml.reading.ThrottleReason;
import io.smartops.nvml.reading.TopologyLevel;
import io.smartops.nvml.reading.Utilization;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every function, through JNA, against a library whose answers and layouts are known. */
class NativeReadingsTest {
  private Nvml nvml;
  private GpuDevice gpu;
  private GpuDevice partitioned;

  @BeforeEach
  void open() {
    nvml = Nvml.tryOpen(StubLibrary.options("")).orElseThrow();
    gpu = nvml.device(0).orElseThrow();
    partitioned = nvml.device(1).orElseThrow();
  }

  @AfterEach
  void close() {
    if (nvml != null) {
      nvml.close();
    }
  }

  private static Arguments row(String name, Function<GpuDevice, Reading<?>> read, Object expected) {
    return Arguments.of(name, read, expected);
  }

  static Stream<Arguments> readings() {
    return Stream.of(
        row("name", GpuDevice::name, "Stub GPU"),
        row("uuid", GpuDevice::uuid, "GPU-00000000-aaaa"),
        row("serial", GpuDevice::serial, "1320000000001"),
        row("index", GpuDevice::index, 0),
        row("minor", GpuDevice::minorNumber, 7),
        row("architecture", GpuDevice::architecture, Architecture.HOPPER),
        row("brand", GpuDevice::brand, Brand.NVIDIA),
        row("capability", GpuDevice::computeCapability, new ComputeCapability(9, 1)),
        row("cores", GpuDevice::cudaCores, 16896),
        row("pci", GpuDevice::pci, new PciAddress(0, 0x17, 0, 0x233010DE, 0x16C110DE)),
        row("memory", GpuDevice::memory, memory(1020809984L, OptionalLong.of(500000000L))),
        row("bar1", GpuDevice::bar1Memory, new Bar1Memory(1000, 100, 900)),
        row("utilization", GpuDevice::utilization, new Utilization(87, 41)),
        row("encoder", g -> g.utilization(Engine.ENCODER), engine(11, 167_000)),
        row("decoder", g -> g.utilization(Engine.DECODER), engine(12, 167_001)),
        row("jpeg", g -> g.utilization(Engine.JPEG), engine(13, 167_002)),
        row("optical flow", g -> g.utilization(Engine.OPTICAL_FLOW), engine(14, 167_003)),
        row("temperature below zero", GpuDevice::temperatureCelsius, -3),
        row("memory temperature", GpuDevice::memoryTemperatureCelsius, 71),
        row("threshold", g -> g.temperatureThresholdCelsius(TemperatureThreshold.SLOWDOWN), 81),
        row("power", GpuDevice::powerMilliwatts, 312345L),
        row("average power", GpuDevice::averagePowerMilliwatts, 310000L),
        row("instant power", GpuDevice::instantPowerMilliwatts, 320000L),
        row("enforced limit", GpuDevice::enforcedPowerLimitMilliwatts, 700000L),
        row("limit", GpuDevice::powerLimitMilliwatts, 650000L),
        row("default limit", GpuDevice::defaultPowerLimitMilliwatts, 690000L),
        row("limit range", GpuDevice::powerLimitRange, new PowerRange(200000, 710000)),
        row("energy above 32 bits", GpuDevice::energyMillijoules, 0x123456789AL),
        row("clock", g -> g.clockMegahertz(ClockType.MEMORY), 1002),
        row("max clock", g -> g.maxClockMegahertz(ClockType.VIDEO), 2003),
        row(
            "throttle reasons",
            GpuDevice::throttleReasons,
            EnumSet.of(ThrottleReason.GPU_IDLE, ThrottleReason.SOFTWARE_POWER_CAP)),
        row("performance state", GpuDevice::performanceState, 2),
        row("PCIe TX", g -> g.pcieKilobytesPerSecond(PcieDirection.TRANSMIT), 777L),
        row("PCIe RX", g -> g.pcieKilobytesPerSecond(PcieDirection.RECEIVE), 778L),
        row("PCIe TX bytes", g -> g.pcieBytes(PcieDirection.TRANSMIT), 5_000_000_000L),
        row("PCIe RX bytes", g -> g.pcieBytes(PcieDirection.RECEIVE), 6_000_000_000L),
        row("PCIe generation", GpuDevice::pcieGeneration, 4),
        row("PCIe width", GpuDevice::pcieWidth, 8),
        row("max PCIe generation", GpuDevice::maxPcieGeneration, 5),
        row("max PCIe width", GpuDevice::maxPcieWidth, 16),
        row("PCIe replays", GpuDevice::pcieReplays, 11L),
        row("ECC mode", g -> g.ecc().mode(), new Mode(true, false)),
        row(
            "ECC errors",
            g -> g.ecc().errors(MemoryErrorType.UNCORRECTED, EccCounter.AGGREGATE),
            0x10000000BL),
        row(
            "ECC errors by place",
            g ->
                g.ecc()
                    .errors(MemoryErrorType.UNCORRECTED, EccCounter.AGGREGATE, MemoryLocation.SRAM),
            117L),
        row("remapped rows", g -> g.ecc().remappedRows(), new RemappedRows(3, 4, true, false)),
        row("fans", GpuDevice::fans, 2),
        row("second fan", g -> g.fanPercent(1), 51),
        row("MIG mode", g -> g.mig().mode(), new Mode(false, false)),
        row("MIG devices", g -> g.mig().devices(), List.of()),
        row("topology", g -> g.links().topology(g), TopologyLevel.INTERNAL),
        row("peer to peer", g -> g.links().p2p(g, P2pCapability.NVLINK), P2pStatus.NOT_SUPPORTED),
        row("NVLink up", g -> g.links().nvLinkActive(0), true),
        row("NVLink down", g -> g.links().nvLinkActive(1), false),
        row("NVLink version", g -> g.links().nvLinkVersion(3), 7),
        row(
            "NVLink remote",
            g -> g.links().nvLinkRemote(1),
            new PciAddress(1, 0xC2, 2, 0x22A310DE, 0)),
        row("NVLink data out", g -> g.links().nvLinkTransmitKibibytes(), 0xFFFFFFFFL),
        row("NVLink data in", g -> g.links().nvLinkReceiveKibibytes(), 139L),
        row("GPM", GpuDevice::supportsGpm, true),
        row(
            "event types",
            GpuDevice::supportedEvents,
            EnumSet.of(
                EventType.SINGLE_BIT_ECC,
                EventType.PERFORMANCE_STATE,
                EventType.XID_CRITICAL,
                EventType.CLOCK)));
  }

  private static MemoryInfo memory(long used, OptionalLong reserved) {
    return new MemoryInfo(85520809984L, used, 84000000000L, reserved);
  }

  private static EngineUtilization engine(int percent, int micros) {
    return new EngineUtilization(percent, Duration.ofNanos(1000L * micros));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("readings")
  void reads(String name, Function<GpuDevice, Reading<?>> read, Object expected) {
    assertThat(read.apply(gpu)).isEqualTo(Reading.of(expected));
  }

  @Test
  void readsTheSystem() {
    assertThat(nvml.driverVersion()).isEqualTo(Reading.of("550.54.15"));
    assertThat(nvml.nvmlVersion()).isEqualTo(Reading.of("12.550.54.15"));
    assertThat(nvml.cudaDriverVersion()).isEqualTo(Reading.of("12.4"));
    assertThat(nvml.deviceCount()).isEqualTo(Reading.of(2));
    assertThat(nvml.device(2).status()).isEqualTo(NvmlStatus.INVALID_ARGUMENT);
  }

  @Test
  void findsDevicesByIdentity() {
    assertThat(uuid(nvml.deviceByUuid("GPU-11111111-bbbb"))).isEqualTo("GPU-11111111-bbbb");
    assertThat(uuid(nvml.deviceByPciBusId("00000000:65:00.0"))).isEqualTo("GPU-11111111-bbbb");
    assertThat(nvml.deviceByUuid("GPU-unknown").status()).isEqualTo(NvmlStatus.NOT_FOUND);
  }

  private static String uuid(Reading<GpuDevice> device) {
    return device.orElseThrow().uuid().orElseThrow();
  }

  @Test
  void aStateThatTheDriverDoesNotKnowIsAbsent() {
    assertThat(partitioned.performanceState().status()).isEqualTo(NvmlStatus.UNKNOWN);
    assertThat(gpu.temperatureThresholdCelsius(TemperatureThreshold.ACOUSTIC_MAX).status())
        .isEqualTo(NvmlStatus.NOT_SUPPORTED);
  }

  @Test
  void aCodeWithoutANameBringsTheDriversOwnWords() {
    Reading<Integer> reading = gpu.temperatureThresholdCelsius(TemperatureThreshold.GPS_CURRENT);
    assertThat(reading.status()).isEqualTo(NvmlStatus.UNKNOWN);
    assertThat(reading.toString()).contains("code 4242: A code of the day after tomorrow");
  }

  @Test
  void listsProcesses() {
    assertThat(gpu.processes(ProcessKind.COMPUTE))
        .isEqualTo(
            Reading.of(
                List.of(
                    new GpuProcess(
                        5001, OptionalLong.of(1000), OptionalInt.empty(), OptionalInt.empty()),
                    new GpuProcess(
                        5002, OptionalLong.of(1001), OptionalInt.of(2), OptionalInt.of(0)))));
    assertThat(gpu.processes(ProcessKind.GRAPHICS)).isEqualTo(Reading.of(List.of()));
    assertThat(gpu.processes(ProcessKind.MPS_COMPUTE).orElseThrow().get(0).usedBytes()).isEmpty();
  }

  @Test
  void keepsOnlyCredibleProcessSamples() {
    assertThat(gpu.processUtilization(1500))
        .isEqualTo(Reading.of(List.of(new ProcessUtilization(5001, 2000, 71, 22, 3, 4))));
    assertThat(partitioned.processUtilization(0)).isEqualTo(Reading.of(List.of()));
  }

  @Test
  void readsTheSampleBuffer() {
    List<Sample> power = gpu.samples(SampleType.TOTAL_POWER_MILLIWATTS, 0).orElseThrow();
    assertThat(power).hasSize(120).startsWith(new Sample(1000, 300000));
    List<Sample> load = gpu.samples(SampleType.GPU_UTILIZATION_PERCENT, 0).orElseThrow();
    assertThat(load).endsWith(new Sample(1119, 119.5));
    assertThat(gpu.samples(SampleType.GPU_UTILIZATION_PERCENT, 5000))
        .isEqualTo(Reading.of(List.of()));
  }

  @Test
  void readsFieldsOfEveryType() {
    List<FieldRequest> requests =
        Stream.of(82, 83, 193, 196, 197, 198, 1000, 1001, 4242).map(FieldRequest::of).toList();
    List<FieldValue> values = gpu.fields(requests).orElseThrow();
    assertThat(values.stream().limit(8).map(value -> value.value().orElseThrow()))
        .containsExactly(
            71L, 0x123456789AL, -7L, -10L, 5_000_000_000L, 6_000_000_000L, 2.5, 65535L);
    assertThat(values.get(8).value().status()).isEqualTo(NvmlStatus.NOT_SUPPORTED);
    assertThat(values).allMatch(value -> value.timestampMicros() == 123456789);
    assertThat(gpu.fields(List.of())).isEqualTo(Reading.of(List.of()));
  }

  @Test
  void readsMigDevices() {
    List<GpuDevice> found = partitioned.mig().devices().orElseThrow();
    assertThat(found).hasSize(1);
    GpuDevice mig = found.get(0);
    assertThat(mig.uuid()).isEqualTo(Reading.of("MIG-22222222-cccc"));
    assertThat(mig.mig().parent().flatMap(GpuDevice::uuid))
        .isEqualTo(Reading.of("GPU-11111111-bbbb"));
    assertThat(mig.mig().gpuInstance()).isEqualTo(Reading.of(2));
    assertThat(mig.mig().computeInstance()).isEqualTo(Reading.of(0));
    assertThat(mig.mig().attributes())
        .isEqualTo(Reading.of(new MigAttributes(60, 3, 2, 0, 4, 5, 3, 3, 40448L << 20)));
    assertThat(mig.mig().attributes().orElseThrow().profile()).isEqualTo("3g.40gb");
    assertThat(mig.utilization().status()).isEqualTo(NvmlStatus.NOT_SUPPORTED);
  }

  @Test
  void theMemoryProbeAgreesWithTheReading() {
    MemoryProbe probe = gpu.openMemoryProbe().orElseThrow();
    assertThat(probe.read()).isEqualTo(NvmlStatus.SUCCESS);
    assertThat(probe.snapshot()).isEqualTo(gpu.memory().orElseThrow());
  }

  @Test
  void drainsXidEvents() {
    StubControl control = StubLibrary.control("");
    try (GpuEvents events = gpu.watch(Set.of(EventType.XID_CRITICAL)).orElseThrow()) {
      assertThat(events.poll()).isEqualTo(Reading.of(List.of()));
      control.raise(2);
      List<GpuEvent> drained = events.poll().orElseThrow();
      assertThat(drained.stream().map(GpuEvent::xid))
          .containsExactly(OptionalLong.of(80), OptionalLong.of(79));
      assertThat(drained.get(0).gpuInstance()).isEmpty();
      assertThat(drained.get(1).computeInstance()).hasValue(3);
      assertThat(events.poll()).isEqualTo(Reading.of(List.of()));
    }
    assertThat(gpu.watch(Set.of(EventType.FATAL_POISON)).status())
        .isEqualTo(NvmlStatus.NOT_SUPPORTED);
  }

  @Test
  void measuresBetweenTwoSamples() {
    try (GpmSession gpm =
        partitioned.mig().devices().orElseThrow().get(0).openGpm().orElseThrow()) {
      Set<GpmMetric> metrics = EnumSet.allOf(GpmMetric.class);
      assertThat(gpm.read(metrics).status()).isEqualTo(NvmlStatus.NOT_READY);
      GpmWindow window = firstWindow(gpm, metrics);
      assertThat(window.length()).isGreaterThanOrEqualTo(GpmSession.LEAST_WINDOW);
      assertThat(window.metric(GpmMetric.SM_ACTIVE)).isEqualTo(Reading.of(new GpmValue(2.25, "%")));
      assertThat(window.metric(GpmMetric.PCIE_TRANSMIT))
          .isEqualTo(Reading.of(new GpmValue(12.5, "MiB/s")));
      assertThat(window.metric(GpmMetric.SM_OCCUPANCY).status()).isEqualTo(NvmlStatus.NO_DATA);
      assertThat(window.metric(GpmMetric.NVLINK_RECEIVE).status())
          .isEqualTo(NvmlStatus.NOT_SUPPORTED);
      // The stub gives the GPU instance of the latest sample here.
      assertThat(window.metric(GpmMetric.GRAPHICS_ACTIVE))
          .isEqualTo(Reading.of(new GpmValue(2, "")));
      assertThat(StubLibrary.control("").liveSamples()).isEqualTo(2);
    }
    assertThat(StubLibrary.control("").liveSamples()).isZero();
  }

  private static GpmWindow firstWindow(GpmSession gpm, Set<GpmMetric> metrics) {
    Reading<GpmWindow> reading = gpm.read(metrics);
    while (reading.status() == NvmlStatus.NOT_READY) {
      Thread.onSpinWait();
      reading = gpm.read(metrics);
    }
    return reading.orElseThrow();
  }
}
