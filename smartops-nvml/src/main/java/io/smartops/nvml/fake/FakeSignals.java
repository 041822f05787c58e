package io.smartops.nvml.fake;

import io.smartops.nvml.reading.GpmMetric;
import io.smartops.nvml.reading.ThrottleReason;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** What follows from the state of a {@link FakeGpu} rather than from its profile. */
final class FakeSignals {
  /** Memory is busy for half the time that the chip is. */
  private static final double MEMORY_SHARE = 0.5;

  /** Memory of data-centre cards runs somewhat hotter than the chip. */
  private static final int MEMORY_ABOVE_CHIP_CELSIUS = 8;

  private static final int IDLE_STATE = 8;

  /** Values of functions, in the order in which the query table takes them. */
  private static final Map<String, ToNumbers> NUMBERS =
      Map.ofEntries(
          Map.entry("nvmlDeviceGetMemoryInfo", FakeSignals::memory),
          Map.entry("nvmlDeviceGetUtilizationRates", FakeSignals::utilization),
          one("nvmlDeviceGetTemperature", gpu -> Math.round(gpu.physics.celsius())),
          one("nvmlDeviceGetPowerUsage", FakeSignals::milliwatts),
          one("nvmlDeviceGetEnforcedPowerLimit", FakeSignals::limitMilliwatts),
          one("nvmlDeviceGetPowerManagementLimit", FakeSignals::limitMilliwatts),
          one("nvmlDeviceGetTotalEnergyConsumption", FakeSignals::millijoules),
          one("nvmlDeviceGetClockInfo(0)", FakeSignals::smClock),
          one("nvmlDeviceGetClockInfo(1)", FakeSignals::smClock),
          one("nvmlDeviceGetCurrentClocksEventReasons", FakeSignals::throttleMask),
          one("nvmlDeviceGetPerformanceState", gpu -> gpu.physics.isIdle() ? IDLE_STATE : 0),
          one("nvmlDeviceGetPcieThroughput(0)", gpu -> traffic(gpu) / 1000),
          one("nvmlDeviceGetPcieThroughput(1)", gpu -> 2 * traffic(gpu) / 1000),
          one("nvmlDeviceGetIndex", gpu -> gpu.index),
          one("nvmlDeviceGetMinorNumber", gpu -> gpu.index));

  /** Fields, where the profile lists them as supported. */
  private static final Map<Integer, ToLongFunction<FakeGpu>> FIELDS =
      Map.of(
          82, gpu -> Math.round(gpu.physics.celsius()) + MEMORY_ABOVE_CHIP_CELSIUS,
          83, FakeSignals::millijoules,
          138, gpu -> Math.round(gpu.physics.busySeconds() * traffic(1)) >> 10,
          139, gpu -> Math.round(gpu.physics.busySeconds() * traffic(1)) >> 10,
          185, FakeSignals::milliwatts,
          186, FakeSignals::milliwatts,
          197, gpu -> Math.round(gpu.physics.busySeconds() * traffic(1)),
          198, gpu -> Math.round(2 * gpu.physics.busySeconds() * traffic(1)));

  private interface ToNumbers {
    long[] of(FakeGpu gpu);
  }

  private FakeSignals() {}

  private static Map.Entry<String, ToNumbers> one(String key, ToLongFunction<FakeGpu> signal) {
    return Map.entry(key, gpu -> new long[] {signal.applyAsLong(gpu)});
  }

  /** The numbers of a function; empty where it is not a signal. */
  static Optional<long[]> numbers(FakeGpu gpu, String key) {
    return Optional.ofNullable(NUMBERS.get(key)).map(signal -> signal.of(gpu));
  }

  /** The number of a field; empty where it is not a signal. */
  static Optional<Long> field(FakeGpu gpu, int id) {
    return Optional.ofNullable(FIELDS.get(id)).map(signal -> signal.applyAsLong(gpu));
  }

  /** A metric of the performance monitor under a mean load, as shares of an average kernel. */
  static double gpm(GpmMetric metric, double load) {
    return switch (metric) {
      case GRAPHICS_ACTIVE -> 100 * load;
      case SM_ACTIVE -> 95 * load;
      case SM_OCCUPANCY -> 45 * load;
      case TENSOR_ACTIVE, TENSOR_HMMA_ACTIVE -> 35 * load;
      case DRAM_BANDWIDTH -> 40 * load;
      case INTEGER_ACTIVE, FP32_ACTIVE, FP16_ACTIVE -> 20 * load;
      case PCIE_TRANSMIT, NVLINK_TRANSMIT, NVLINK_RECEIVE -> load * traffic(1) / (1 << 20);
      case PCIE_RECEIVE -> 2 * load * traffic(1) / (1 << 20);
      case TENSOR_DFMA_ACTIVE, TENSOR_DMMA_ACTIVE, TENSOR_IMMA_ACTIVE, FP64_ACTIVE -> 0;
    };
  }

  private static long[] memory(FakeGpu gpu) {
    long total = gpu.totalBytes();
    long used = gpu.usedBytes();
    long reserved = gpu.reservedBytes();
    return new long[] {total, used, total - reserved - used, reserved};
  }

  private static long[] utilization(FakeGpu gpu) {
    double load = gpu.physics.load();
    return new long[] {Math.round(100 * load), Math.round(100 * load * MEMORY_SHARE)};
  }

  private static long milliwatts(FakeGpu gpu) {
    return Math.round(1000 * gpu.physics.watts());
  }

  private static long limitMilliwatts(FakeGpu gpu) {
    return Math.round(1000 * gpu.physics.limitWatts());
  }

  private static long millijoules(FakeGpu gpu) {
    return Math.round(1000 * gpu.physics.joules());
  }

  private static long smClock(FakeGpu gpu) {
    return Math.round(gpu.physics.smClockMegahertz());
  }

  private static long throttleMask(FakeGpu gpu) {
    FakePhysics physics = gpu.physics;
    return (physics.isIdle() ? ThrottleReason.GPU_IDLE.bit() : 0)
        | (physics.isPowerCapped() ? ThrottleReason.SOFTWARE_POWER_CAP.bit() : 0)
        | (physics.isHot() ? ThrottleReason.HARDWARE_THERMAL.bit() : 0);
  }

  private static long traffic(FakeGpu gpu) {
    return Math.round(gpu.physics.load() * traffic(1));
  }

  /** Bytes per second over PCIe at a load: 1 GB/s at full load. */
  private static double traffic(double load) {
    return load * 1e9;
  }
}
