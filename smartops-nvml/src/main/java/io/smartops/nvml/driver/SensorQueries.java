package io.smartops.nvml.driver;

import static io.smartops.nvml.driver.Signature.Field.i32;
import static io.smartops.nvml.driver.Signature.Field.u32;
import static io.smartops.nvml.driver.Signature.Field.u64;

import io.smartops.nvml.driver.Signature.Width;
import io.smartops.nvml.reading.Bar1Memory;
import io.smartops.nvml.reading.ClockType;
import io.smartops.nvml.reading.EccCounter;
import io.smartops.nvml.reading.Engine;
import io.smartops.nvml.reading.EngineUtilization;
import io.smartops.nvml.reading.MemoryErrorType;
import io.smartops.nvml.reading.MemoryInfo;
import io.smartops.nvml.reading.MemoryLocation;
import io.smartops.nvml.reading.Mode;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.PcieDirection;
import io.smartops.nvml.reading.PowerRange;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.RemappedRows;
import io.smartops.nvml.reading.TemperatureThreshold;
import io.smartops.nvml.reading.ThrottleReason;
import io.smartops.nvml.reading.Utilization;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** What a device does now: memory, load, heat, power, clocks, PCIe, ECC, fans. */
public final class SensorQueries {

  /** Version 2 first: its {@code used} is that of nvidia-smi. */
  public static final Query<MemoryInfo> MEMORY =
      Numbers.of(
          "nvmlDeviceGetMemoryInfo",
          true,
          List.of(),
          Signature.struct(
                  "nvmlDeviceGetMemoryInfo_v2",
                  40,
                  n -> memory(n[0], n[1], n[2], OptionalLong.of(n[3])),
                  u64(8),
                  u64(32),
                  u64(24),
                  u64(16))
              .withVersion(Signature.structVersion(40, 2)),
          Signature.struct(
              "nvmlDeviceGetMemoryInfo",
              24,
              n -> memory(n[0], n[1], n[2], OptionalLong.empty()),
              u64(0),
              u64(16),
              u64(8)));

  public static final Query<Bar1Memory> BAR1 =
      Numbers.of(
          "nvmlDeviceGetBAR1MemoryInfo",
          true,
          List.of(),
          Signature.struct(
              "nvmlDeviceGetBAR1MemoryInfo",
              24,
              n -> Reading.of(new Bar1Memory(n[0], n[1], n[2])),
              u64(0),
              u64(16),
              u64(8)));

  public static final Query<Utilization> UTILIZATION =
      Numbers.of(
          "nvmlDeviceGetUtilizationRates",
          true,
          List.of(),
          Signature.struct(
              "nvmlDeviceGetUtilizationRates",
              8,
              n -> Reading.of(new Utilization((int) n[0], (int) n[1])),
              u32(0),
              u32(4)));

  /** The versioned call first; the older one takes the sensor (0: the chip) as an argument. */
  public static final Query<Integer> TEMPERATURE =
      Numbers.of(
          "nvmlDeviceGetTemperature",
          true,
          List.of(),
          Signature.struct("nvmlDeviceGetTemperatureV", 12, n -> Reading.of((int) n[0]), i32(8))
              .withVersion(Signature.structVersion(12, 1)),
          Signature.pointers("nvmlDeviceGetTemperature", n -> Reading.of((int) n[0]), Width.U32)
              .withArguments(0L));

  public static final Query<Long> POWER_MILLIWATTS = Numbers.whole("nvmlDeviceGetPowerUsage");
  public static final Query<Long> ENFORCED_POWER_LIMIT_MILLIWATTS =
      Numbers.whole("nvmlDeviceGetEnforcedPowerLimit");
  public static final Query<Long> POWER_LIMIT_MILLIWATTS =
      Numbers.whole("nvmlDeviceGetPowerManagementLimit");
  public static final Query<Long> DEFAULT_POWER_LIMIT_MILLIWATTS =
      Numbers.whole("nvmlDeviceGetPowerManagementDefaultLimit");
  public static final Query<PowerRange> POWER_LIMIT_RANGE =
      Numbers.pair(
          "nvmlDeviceGetPowerManagementLimitConstraints",
          n -> Reading.of(new PowerRange(n[0], n[1])));
  public static final Query<Long> ENERGY_MILLIJOULES =
      Numbers.whole64("nvmlDeviceGetTotalEnergyConsumption");

  public static final Query<Set<ThrottleReason>> THROTTLE_REASONS =
      Numbers.of(
          "nvmlDeviceGetCurrentClocksEventReasons",
          true,
          List.of(),
          throttle("nvmlDeviceGetCurrentClocksEventReasons"),
          throttle("nvmlDeviceGetCurrentClocksThrottleReasons"));

  private static final int UNKNOWN_PERFORMANCE_STATE = 32;

  /** 0 is the fastest state, 15 the slowest. */
  public static final Query<Integer> PERFORMANCE_STATE =
      Numbers.of(
          "nvmlDeviceGetPerformanceState",
          true,
          List.of(),
          Signature.pointers(
              "nvmlDeviceGetPerformanceState",
              n ->
                  n[0] == UNKNOWN_PERFORMANCE_STATE
                      ? Reading.absent(NvmlStatus.UNKNOWN, "nvmlDeviceGetPerformanceState")
                      : Reading.of((int) n[0]),
              Width.U32));

  public static final Query<Integer> PCIE_GENERATION =
      Numbers.integer("nvmlDeviceGetCurrPcieLinkGeneration");
  public static final Query<Integer> PCIE_WIDTH = Numbers.integer("nvmlDeviceGetCurrPcieLinkWidth");
  public static final Query<Integer> MAX_PCIE_GENERATION =
      Numbers.integer("nvmlDeviceGetMaxPcieLinkGeneration");
  public static final Query<Integer> MAX_PCIE_WIDTH =
      Numbers.integer("nvmlDeviceGetMaxPcieLinkWidth");
  public static final Query<Long> PCIE_REPLAYS = Numbers.whole("nvmlDeviceGetPcieReplayCounter");

  public static final Query<Mode> ECC_MODE =
      Numbers.pair("nvmlDeviceGetEccMode", n -> Reading.of(new Mode(n[0] != 0, n[1] != 0)));
  public static final Query<RemappedRows> REMAPPED_ROWS =
      Numbers.of(
          "nvmlDeviceGetRemappedRows",
          true,
          List.of(),
          Signature.pointers(
              "nvmlDeviceGetRemappedRows",
              n -> Reading.of(new RemappedRows(n[0], n[1], n[2] != 0, n[3] != 0)),
              Width.U32,
              Width.U32,
              Width.U32,
              Width.U32));

  public static final Query<Integer> FANS = Numbers.integer("nvmlDeviceGetNumFans");

  private static final Rows<Engine, EngineUtilization> ENGINES =
      new Rows<>(Engine.class, SensorQueries::engineRow);
  private static final Rows<TemperatureThreshold, Integer> TEMPERATURE_THRESHOLDS =
      new Rows<>(
          TemperatureThreshold.class,
          t -> Numbers.integer("nvmlDeviceGetTemperatureThreshold", (long) t.code()));
  private static final Rows<ClockType, Integer> CLOCKS =
      new Rows<>(ClockType.class, t -> Numbers.integer("nvmlDeviceGetClockInfo", (long) t.code()));
  private static final Rows<ClockType, Integer> MAX_CLOCKS =
      new Rows<>(
          ClockType.class, t -> Numbers.integer("nvmlDeviceGetMaxClockInfo", (long) t.code()));
  private static final Rows<PcieDirection, Long> PCIE_THROUGHPUTS =
      new Rows<>(
          PcieDirection.class, d -> Numbers.whole("nvmlDeviceGetPcieThroughput", (long) d.code()));
  private static final Rows<EccCounter, Long> CORRECTED_ERRORS =
      new Rows<>(EccCounter.class, counter -> eccRow(MemoryErrorType.CORRECTED, counter));
  private static final Rows<EccCounter, Long> UNCORRECTED_ERRORS =
      new Rows<>(EccCounter.class, counter -> eccRow(MemoryErrorType.UNCORRECTED, counter));

  private SensorQueries() {}

  /** Utilisation of an engine over the driver's window. */
  public static Query<EngineUtilization> engine(Engine engine) {
    return ENGINES.of(engine);
  }

  private static Query<EngineUtilization> engineRow(Engine engine) {
    String symbol =
        switch (engine) {
          case ENCODER -> "nvmlDeviceGetEncoderUtilization";
          case DECODER -> "nvmlDeviceGetDecoderUtilization";
          case JPEG -> "nvmlDeviceGetJpgUtilization";
          case OPTICAL_FLOW -> "nvmlDeviceGetOfaUtilization";
        };
    return Numbers.pair(
        symbol,
        n -> Reading.of(new EngineUtilization((int) n[0], Duration.of(n[1], ChronoUnit.MICROS))));
  }

  /** A temperature at which the card acts, in °C. */
  public static Query<Integer> temperatureThreshold(TemperatureThreshold threshold) {
    return TEMPERATURE_THRESHOLDS.of(threshold);
  }

  /** A clock in MHz. */
  public static Query<Integer> clock(ClockType type) {
    return CLOCKS.of(type);
  }

  /** The greatest value of a clock in MHz. */
  public static Query<Integer> maxClock(ClockType type) {
    return MAX_CLOCKS.of(type);
  }

  /** PCIe traffic in KB/s over 20 ms; the call takes that long. */
  public static Query<Long> pcieKilobytesPerSecond(PcieDirection direction) {
    return PCIE_THROUGHPUTS.of(direction);
  }

  /** ECC errors anywhere on the card. */
  public static Query<Long> eccErrors(MemoryErrorType type, EccCounter counter) {
    return (type == MemoryErrorType.CORRECTED ? CORRECTED_ERRORS : UNCORRECTED_ERRORS).of(counter);
  }

  private static Query<Long> eccRow(MemoryErrorType type, EccCounter counter) {
    return Numbers.whole64(
        "nvmlDeviceGetTotalEccErrors", (long) type.code(), (long) counter.code());
  }

  /** ECC errors in one part of the card. */
  public static Query<Long> memoryErrors(
      MemoryErrorType type, EccCounter counter, MemoryLocation location) {
    return Numbers.whole64(
        "nvmlDeviceGetMemoryErrorCounter",
        (long) type.code(),
        (long) counter.code(),
        (long) location.code());
  }

  /** Intended speed of a fan in percent of its maximum. */
  public static Query<Integer> fanPercent(int fan) {
    Signature.Decoder<Integer> decoder = n -> Reading.of((int) n[0]);
    Signature<Integer> each =
        Signature.pointers("nvmlDeviceGetFanSpeed_v2", decoder, Width.U32)
            .withArguments((long) fan);
    Signature<Integer> only = Signature.pointers("nvmlDeviceGetFanSpeed", decoder, Width.U32);
    return fan == 0
        ? Numbers.of("nvmlDeviceGetFanSpeed", true, List.of(), each, only)
        : Numbers.of("nvmlDeviceGetFanSpeed", true, List.of(), each);
  }

  private static Reading<MemoryInfo> memory(
      long total, long used, long free, OptionalLong reserved) {
    return Reading.of(new MemoryInfo(total, used, free, reserved));
  }

  private static Signature<Set<ThrottleReason>> throttle(String symbol) {
    return Signature.pointers(symbol, n -> Reading.of(ThrottleReason.ofMask(n[0])), Width.U64);
  }
}
