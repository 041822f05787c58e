package io.smartops.nvml;

import io.smartops.nvml.driver.DeviceQueries;
import io.smartops.nvml.driver.MemoryProbe;
import io.smartops.nvml.driver.Query;
import io.smartops.nvml.driver.SensorQueries;
import io.smartops.nvml.reading.Architecture;
import io.smartops.nvml.reading.Bar1Memory;
import io.smartops.nvml.reading.Brand;
import io.smartops.nvml.reading.ClockType;
import io.smartops.nvml.reading.ComputeCapability;
import io.smartops.nvml.reading.Engine;
import io.smartops.nvml.reading.EngineUtilization;
import io.smartops.nvml.reading.EventType;
import io.smartops.nvml.reading.FieldId;
import io.smartops.nvml.reading.FieldRequest;
import io.smartops.nvml.reading.FieldValue;
import io.smartops.nvml.reading.GpuProcess;
import io.smartops.nvml.reading.MemoryInfo;
import io.smartops.nvml.reading.PciAddress;
import io.smartops.nvml.reading.PcieDirection;
import io.smartops.nvml.reading.PowerRange;
import io.smartops.nvml.reading.ProcessKind;
import io.smartops.nvml.reading.ProcessUtilization;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.Sample;
import io.smartops.nvml.reading.SampleType;
import io.smartops.nvml.reading.TemperatureThreshold;
import io.smartops.nvml.reading.ThrottleReason;
import io.smartops.nvml.reading.Utilization;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A GPU, or a MIG device of one.
 *
 * <p>Each method asks the driver and gives a value or the status that says why there is none: a
 * GeForce card has no ECC, a MIG device no utilisation, a virtual GPU no PCIe figures. Nothing is
 * cached. Immutable and thread-safe.
 *
 * <p>Units are in the names. Source of the functions: nvml.h.
 */
public final class GpuDevice {
  private final Nvml nvml;
  private final long handle;

  GpuDevice(Nvml nvml, long handle) {
    this.nvml = nvml;
    this.handle = handle;
  }

  // Identity

  /** Product name. */
  public Reading<String> name() {
    return read(DeviceQueries.NAME);
  }

  /** Identity that survives reboots and moves, as {@code GPU-…} or {@code MIG-…}. */
  public Reading<String> uuid() {
    return read(DeviceQueries.UUID);
  }

  /** Serial number of the board; GeForce cards have none. */
  public Reading<String> serial() {
    return read(DeviceQueries.SERIAL);
  }

  /** NVML index, which may change at each boot. */
  public Reading<Integer> index() {
    return read(DeviceQueries.INDEX);
  }

  /** The N of {@code /dev/nvidiaN}. */
  public Reading<Integer> minorNumber() {
    return read(DeviceQueries.MINOR_NUMBER);
  }

  /** Chip generation. */
  public Reading<Architecture> architecture() {
    return read(DeviceQueries.ARCHITECTURE);
  }

  /** Product line. */
  public Reading<Brand> brand() {
    return read(DeviceQueries.BRAND);
  }

  /** CUDA compute capability. */
  public Reading<ComputeCapability> computeCapability() {
    return read(DeviceQueries.COMPUTE_CAPABILITY);
  }

  /** Number of CUDA cores; it is not the number of SMs. */
  public Reading<Integer> cudaCores() {
    return read(DeviceQueries.CUDA_CORES);
  }

  /** Place on the PCI bus. */
  public Reading<PciAddress> pci() {
    return read(DeviceQueries.PCI);
  }

  // Memory and load

  /** Device memory. */
  public Reading<MemoryInfo> memory() {
    return read(SensorQueries.MEMORY);
  }

  /** The window through which others map the memory. */
  public Reading<Bar1Memory> bar1Memory() {
    return read(SensorQueries.BAR1);
  }

  /** Busy shares of chip and memory; not available on MIG devices. */
  public Reading<Utilization> utilization() {
    return read(SensorQueries.UTILIZATION);
  }

  /** Busy share of a fixed-function engine. */
  public Reading<EngineUtilization> utilization(Engine engine) {
    return read(SensorQueries.engine(engine));
  }

  /** The driver's buffer of samples newer than {@code sinceMicros}; 0 for all. */
  public Reading<List<Sample>> samples(SampleType type, long sinceMicros) {
    return read(new Query.Samples(type, sinceMicros));
  }

  // Heat, power, clocks

  /** Temperature of the chip in °C. */
  public Reading<Integer> temperatureCelsius() {
    return read(SensorQueries.TEMPERATURE);
  }

  /** Temperature of the memory in °C; data-centre cards only. */
  public Reading<Integer> memoryTemperatureCelsius() {
    return field(FieldId.MEMORY_TEMPERATURE_CELSIUS).map(Number::intValue);
  }

  /** A temperature at which the card acts, in °C. */
  public Reading<Integer> temperatureThresholdCelsius(TemperatureThreshold threshold) {
    return read(SensorQueries.temperatureThreshold(threshold));
  }

  /** Power draw; since Ampere (not GA100) the mean of the last second. */
  public Reading<Long> powerMilliwatts() {
    return read(SensorQueries.POWER_MILLIWATTS);
  }

  /** Power draw of the last second, where the driver tells it apart from the instant. */
  public Reading<Long> averagePowerMilliwatts() {
    return field(FieldId.POWER_AVERAGE_MILLIWATTS).map(Number::longValue);
  }

  /** Power draw of this instant. */
  public Reading<Long> instantPowerMilliwatts() {
    return field(FieldId.POWER_INSTANT_MILLIWATTS).map(Number::longValue);
  }

  /** The power limit in force, from whatever source. */
  public Reading<Long> enforcedPowerLimitMilliwatts() {
    return read(SensorQueries.ENFORCED_POWER_LIMIT_MILLIWATTS);
  }

  /** The power limit that was set. */
  public Reading<Long> powerLimitMilliwatts() {
    return read(SensorQueries.POWER_LIMIT_MILLIWATTS);
  }

  /** The power limit after a reset. */
  public Reading<Long> defaultPowerLimitMilliwatts() {
    return read(SensorQueries.DEFAULT_POWER_LIMIT_MILLIWATTS);
  }

  /** Between what the power limit can be set. */
  public Reading<PowerRange> powerLimitRange() {
    return read(SensorQueries.POWER_LIMIT_RANGE);
  }

  /** Energy since the driver was loaded (Volta and later). */
  public Reading<Long> energyMillijoules() {
    return read(SensorQueries.ENERGY_MILLIJOULES);
  }

  /** A clock in MHz. */
  public Reading<Integer> clockMegahertz(ClockType type) {
    return read(SensorQueries.clock(type));
  }

  /** The greatest value of a clock in MHz. */
  public Reading<Integer> maxClockMegahertz(ClockType type) {
    return read(SensorQueries.maxClock(type));
  }

  /** Why the clocks are not at their maximum. */
  public Reading<Set<ThrottleReason>> throttleReasons() {
    return read(SensorQueries.THROTTLE_REASONS);
  }

  /** 0 (fastest) to 15. */
  public Reading<Integer> performanceState() {
    return read(SensorQueries.PERFORMANCE_STATE);
  }

  // PCIe

  /** Traffic in KB/s over 20 ms, for which the call lasts; prefer {@link #pcieBytes}. */
  public Reading<Long> pcieKilobytesPerSecond(PcieDirection direction) {
    return read(SensorQueries.pcieKilobytesPerSecond(direction));
  }

  /** Bytes since some time in the past; may wrap, so use differences (R555 and later). */
  public Reading<Long> pcieBytes(PcieDirection direction) {
    int id =
        direction == PcieDirection.TRANSMIT
            ? FieldId.PCIE_TRANSMIT_BYTES
            : FieldId.PCIE_RECEIVE_BYTES;
    return field(id).map(Number::longValue);
  }

  /** Generation of the link now; it drops when the card idles. */
  public Reading<Integer> pcieGeneration() {
    return read(SensorQueries.PCIE_GENERATION);
  }

  /** Lanes of the link now. */
  public Reading<Integer> pcieWidth() {
    return read(SensorQueries.PCIE_WIDTH);
  }

  /** Greatest generation that card and slot allow. */
  public Reading<Integer> maxPcieGeneration() {
    return read(SensorQueries.MAX_PCIE_GENERATION);
  }

  /** Most lanes that card and slot allow. */
  public Reading<Integer> maxPcieWidth() {
    return read(SensorQueries.MAX_PCIE_WIDTH);
  }

  /** Packets sent again. */
  public Reading<Long> pcieReplays() {
    return read(SensorQueries.PCIE_REPLAYS);
  }

  // Processes

  /** Processes of a kind; MPS clients have a list of their own. */
  public Reading<List<GpuProcess>> processes(ProcessKind kind) {
    return read(new Query.Processes(kind));
  }

  /** What processes used after {@code sinceMicros}, a time of earlier samples; 0 for all. */
  public Reading<List<ProcessUtilization>> processUtilization(long sinceMicros) {
    return read(new Query.ProcessUtilizations(sinceMicros));
  }

  // Fans

  /** Number of fans; passive cards have none. */
  public Reading<Integer> fans() {
    return read(SensorQueries.FANS);
  }

  /** Intended speed of a fan in percent. */
  public Reading<Integer> fanPercent(int fan) {
    return read(SensorQueries.fanPercent(fan));
  }

  // Groups of their own

  /** Errors of the memory. */
  public GpuEcc ecc() {
    return new GpuEcc(this);
  }

  /** The device's partition, or its place in one. */
  public GpuMig mig() {
    return new GpuMig(this);
  }

  /** The device's place among others. */
  public GpuLinks links() {
    return new GpuLinks(this);
  }

  // Fields, events, performance monitor, hot path

  /** Several fields in one call; each may fail on its own. */
  public Reading<List<FieldValue>> fields(List<FieldRequest> requests) {
    return read(new Query.Fields(requests));
  }

  /** One field without scope. */
  public Reading<Number> field(int id) {
    return field(FieldRequest.of(id));
  }

  /** One field. */
  public Reading<Number> field(FieldRequest request) {
    return fields(List.of(request)).flatMap(values -> values.get(0).value());
  }

  /** Events that the device can report. */
  public Reading<Set<EventType>> supportedEvents() {
    return read(DeviceQueries.EVENT_TYPES).map(EventType::ofMask);
  }

  /** Starts to watch the device for events, such as {@link EventType#XID_CRITICAL} (Linux). */
  public Reading<GpuEvents> watch(Set<EventType> types) {
    return nvml.call(
        "events", driver -> driver.openEvents(handle, types).map(s -> new GpuEvents(nvml, s)));
  }

  /** Whether the device has a performance monitor (Hopper and later, not in vGPU guests). */
  public Reading<Boolean> supportsGpm() {
    return nvml.call("GPM support", driver -> gpmTarget().read(DeviceQueries.GPM_SUPPORT));
  }

  /** Opens the performance monitor of this device, or of this MIG device's GPU instance. */
  public Reading<GpmSession> openGpm() {
    return nvml.call(
        "GPM",
        driver -> {
          GpuDevice target = gpmTarget();
          Optional<Integer> instance =
              target == this ? Optional.empty() : mig().gpuInstance().toOptional();
          OptionalInt gpuInstance = instance.map(OptionalInt::of).orElseGet(OptionalInt::empty);
          return driver.openGpm(target.handle, gpuInstance).map(s -> new GpmSession(nvml, s));
        });
  }

  private GpuDevice gpmTarget() {
    return mig().parent().orElse(this);
  }

  /**
   * Opens a reader of this device's memory for a hot path.
   *
   * <p>It calls the driver <em>on the calling thread</em>, about 100 ns above the driver's own
   * cost, and allocates nothing; in return a wedged driver wedges its caller. Use {@link #memory}
   * or a sampler wherever that matters. Each thread needs its own.
   */
  public Reading<MemoryProbe> openMemoryProbe() {
    return nvml.call("memory probe", driver -> driver.openMemory(handle));
  }

  /** Asks this device anything that the query tables hold. */
  public <T> Reading<T> read(Query<T> query) {
    return nvml.call(query.key(), driver -> driver.read(handle, query));
  }

  Nvml nvml() {
    return nvml;
  }

  long handle() {
    return handle;
  }

  @Override
  public String toString() {
    return name() + " " + uuid();
  }
}
