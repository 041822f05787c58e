package io.smartops.benchmarks.nvml;

import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import io.smartops.nvml.GpuDevice;
import io.smartops.nvml.Nvml;
import io.smartops.nvml.NvmlOptions;
import io.smartops.nvml.driver.MemoryProbe;
import io.smartops.nvml.reading.MemoryInfo;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.sampler.GpuSampler;
import io.smartops.nvml.sampler.GpuSnapshot;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a memory reading cost, and what the last snapshot, beside the driver's own time?
 *
 * <p>The baseline is what most JNA code does: an interface mapping with a reused {@link Memory}.
 * Run from the repository's root, on an otherwise idle machine:
 *
 * <pre>
 * ./mvnw -q -pl benchmarks -am -DskipTests package dependency:copy-dependencies \
 *     -DincludeGroupIds=io.smartops,net.java.dev.jna,org.openjdk.jmh,net.sf.jopt-simple,org.apache.commons,org.slf4j
 * java -cp 'benchmarks/target/classes:benchmarks/target/dependency/*' org.openjdk.jmh.Main \
 *     NvmlReadingBenchmark -prof gc
 * </pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class NvmlReadingBenchmark {
  private static final int MEMORY_V2_BYTES = 40;
  private static final int MEMORY_V2_VERSION = 0x0200_0028;

  private final Nvml nvml;
  private final GpuDevice device;
  private final MemoryProbe probe;
  private final GpuSampler sampler;
  private final PlainNvml plain;
  private final Pointer plainHandle;
  private final Memory plainMemory;

  /** The usual mapping. */
  public interface PlainNvml extends Library {
    /** See nvml.h. */
    @SuppressWarnings("MethodName")
    int nvmlDeviceGetHandleByIndex_v2(int index, PointerByReference handle);

    /** See nvml.h. */
    @SuppressWarnings("MethodName")
    int nvmlDeviceGetMemoryInfo_v2(Pointer device, Pointer memory);
  }

  /** Opens the stub. */
  public NvmlReadingBenchmark() {
    Path library = StubDriver.build();
    nvml = Nvml.tryOpen(NvmlOptions.defaults().withLibrary(library)).orElseThrow();
    device = nvml.device(0).orElseThrow();
    probe = device.openMemoryProbe().orElseThrow();
    sampler = GpuSampler.start(nvml);
    plain = Native.load(library.toString(), PlainNvml.class);
    PointerByReference handle = new PointerByReference();
    plain.nvmlDeviceGetHandleByIndex_v2(0, handle);
    plainHandle = handle.getValue();
    plainMemory = new Memory(MEMORY_V2_BYTES);
  }

  /** Closes it. */
  @TearDown
  public void close() {
    sampler.close();
    nvml.close();
  }

  /** The hot path: at most 150 ns and 0 B. */
  @Benchmark
  public long memoryProbe() {
    probe.read();
    return probe.usedBytes() + probe.freeBytes() + probe.totalBytes();
  }

  /** The baseline. */
  @Benchmark
  public long plainJna() {
    plainMemory.setInt(0, MEMORY_V2_VERSION);
    int code = plain.nvmlDeviceGetMemoryInfo_v2(plainHandle, plainMemory);
    return code + plainMemory.getLong(32) + plainMemory.getLong(24) + plainMemory.getLong(8);
  }

  /** The safe reading, handed over to the driver's thread. */
  @Benchmark
  public Reading<MemoryInfo> guardedReading() {
    return device.memory();
  }

  /** The last snapshot: at most 20 ns and 0 B. */
  @Benchmark
  public GpuSnapshot latestSnapshot() {
    return sampler.latest();
  }
}
