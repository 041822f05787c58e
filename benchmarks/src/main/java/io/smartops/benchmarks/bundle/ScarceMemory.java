package io.smartops.benchmarks.bundle;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.util.cuda.CudaUtils;
import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Makes memory scarce for this process: on a GPU by filling it, on a CPU by a limit on address
 * space (Linux).
 */
final class ScarceMemory {
  private static final long MEBIBYTE = 1L << 20;

  /** The resource number of address space in sys/resource.h of Linux. */
  private static final int RLIMIT_AS = 9;

  private static final Path SIZES = Path.of("/proc/self/status");

  private ScarceMemory() {}

  /**
   * Leaves about {@code freeBytes}.
   *
   * @param manager holds what fills a GPU; closing it ends the scarcity there
   */
  static void leave(long freeBytes, Device device, NDManager manager) throws IOException {
    if (device.isGpu()) {
      fill(freeBytes, device, manager);
    } else {
      limitAddressSpace(bytes("VmSize") + freeBytes);
    }
  }

  /** Free memory of a GPU. */
  static long freeBytes(Device device) {
    var memory = CudaUtils.getGpuMemory(device);
    return memory.getMax() - memory.getCommitted();
  }

  /** Gives back what libtorch keeps for later; DJL's call does nothing in a CPU build. */
  static void release(Device device) {
    if (device.isGpu()) {
      JniUtils.emptyCudaCache();
    }
  }

  /** Halves the piece each time that it does not fit. */
  private static void fill(long freeBytes, Device device, NDManager manager) {
    long piece = 1024 * MEBIBYTE;
    while (piece >= MEBIBYTE) {
      if (freeBytes(device) - freeBytes < piece) {
        piece /= 2;
        continue;
      }
      try {
        manager.zeros(new Shape(piece), DataType.INT8);
      } catch (EngineException e) {
        piece /= 2;
      }
    }
  }

  private static void limitAddressSpace(long bytes) {
    Function setrlimit = NativeLibrary.getProcess().getFunction("setrlimit");
    int result = setrlimit.invokeInt(new Object[] {RLIMIT_AS, new long[] {bytes, bytes}});
    if (result != 0) {
      throw new IllegalStateException("setrlimit(RLIMIT_AS, %d) gave %d".formatted(bytes, result));
    }
  }

  private static long bytes(String field) throws IOException {
    return Files.readAllLines(SIZES).stream()
        .filter(line -> line.startsWith(field + ":"))
        .map(line -> line.replaceAll("\\D+", ""))
        .mapToLong(kibibytes -> Long.parseLong(kibibytes) * 1024)
        .findFirst()
        .orElseThrow(() -> new IOException(SIZES + " has no " + field));
  }
}
