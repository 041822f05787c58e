package io.smartops.telemetry;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/**
 * Readings of the host for training on the CPU: this process, the machine, and the control groups
 * (v1 and v2) that bound both.
 *
 * <ul>
 *   <li>{@code used}, {@code peak}: resident memory, of the whole JVM
 *   <li>{@code allocated}, {@code reusable}: of {@link NativeAllocator}, where tensors live
 *   <li>{@code capacity = min(MemTotal, group limits)}
 *   <li>{@code available = min(MemAvailable, limit − usage + inactive file cache)} over the groups
 *   <li>{@code hardHeadroom = RLIMIT_AS − VmSize}, only where {@code RLIMIT_AS} is set
 *   <li>{@code utilisation}: CPU time of this process in the latest window of at least 100 ms,
 *       divided by what its cores offer
 *   <li>{@code cores}: by affinity and by processor quota, rounded up
 * </ul>
 *
 * <p>Regimes: on Linux with glibc 2.33 or newer all of them; on other C libraries allocated and
 * reusable bytes are absent; without procfs (macOS, Windows) only utilisation and cores are there.
 * Limits of control groups are read anew once a second, everything else at each reading.
 *
 * <p>Thread-safe. Holds about ten open files of procfs until it is garbage collected.
 */
public final class HostTelemetry implements DeviceTelemetry {
  private final ProcessFiles.Reader process;
  private final ControlGroups groups;
  private final NativeAllocator allocator;
  private final RetainedMemory retained = new RetainedMemory();
  private final ResidentPeak residentPeak;
  private final LongSupplier clockNanos;
  private final Supplier<OptionalLong> cpuNanos;
  private final CpuMeter cpu;

  HostTelemetry(
      Path root,
      NativeAllocator allocator,
      ResidentPeak residentPeak,
      LongSupplier clockNanos,
      Supplier<OptionalLong> cpuNanos) {
    this.process = new ProcessFiles.Reader(root);
    this.groups = new ControlGroups(root, clockNanos.getAsLong());
    this.allocator = allocator;
    this.residentPeak = residentPeak;
    this.clockNanos = clockNanos;
    this.cpuNanos = cpuNanos;
    this.cpu = new CpuMeter(clockNanos.getAsLong(), cpuNanos.get().orElse(0));
  }

  /** The telemetry of this host. Never fails: what cannot be read is absent from its snapshots. */
  public static HostTelemetry create() {
    return new HostTelemetry(
        Path.of("/"),
        NativeAllocator.ofProcess(),
        ResidentPeak.ofProcess(),
        System::nanoTime,
        processCpuTime());
  }

  /** The allocator behind {@code allocatedBytes} and {@code reusableBytes}, for cheap readings. */
  public NativeAllocator allocator() {
    return allocator;
  }

  /** The peak of resident memory within a window. {@code peakBytes} keeps what came before. */
  public ResidentPeak residentPeak() {
    return residentPeak;
  }

  @Override
  public synchronized DeviceSnapshot read() {
    long nowNanos = clockNanos.getAsLong();
    groups.refreshIfOld(nowNanos);
    ProcessFiles now = process.read();
    Optional<NativeAllocator.Heap> heap = allocator.heap();
    double processors = processors();
    return new DeviceSnapshot(
        now.residentBytes(),
        residentPeak.lifetimeBytes(now.peakResidentBytes()),
        retained.bytes(now.anonymousBytes(), heap.orElse(null)),
        heap.map(h -> OptionalLong.of(h.allocatedBytes())).orElse(OptionalLong.empty()),
        least(now.machineBytes(), groups.memoryLimitBytes()),
        least(now.machineAvailableBytes(), groups.memoryAvailableBytes()),
        now.addressSpaceHeadroomBytes(),
        utilisation(nowNanos, processors),
        OptionalInt.of((int) Math.ceil(processors)));
  }

  private double processors() {
    int byAffinity = Runtime.getRuntime().availableProcessors();
    return Math.min(byAffinity, groups.processors().orElse(byAffinity));
  }

  private OptionalDouble utilisation(long nowNanos, double processors) {
    OptionalLong usedNanos = cpuNanos.get();
    return usedNanos.isPresent()
        ? cpu.utilisation(nowNanos, usedNanos.getAsLong(), processors)
        : OptionalDouble.empty();
  }

  private static OptionalLong least(OptionalLong a, OptionalLong b) {
    return LongStream.concat(a.stream(), b.stream()).min();
  }

  private static Supplier<OptionalLong> processCpuTime() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean bean
        ? () -> LongStream.of(bean.getProcessCpuTime()).filter(nanos -> nanos >= 0).findFirst()
        : OptionalLong::empty;
  }
}
