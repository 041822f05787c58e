package io.smartops.djl;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import io.smartops.control.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * libtorch's autocast on one device: what it can do here, and its switch.
 *
 * <p>A {@link Scope} belongs to the thread that opened it and puts back what it found, so scopes
 * nest, with those of other libraries too. libtorch keeps the parameters that it converted until
 * {@link #clearCache()}: that must be called before they change, and between passes with and
 * without a graph, since what was converted without one carries no gradient.
 *
 * <p>Thread-safe.
 */
final class Autocast {
  /** Compute capability, times ten, from which an NVIDIA GPU has tensor cores for float16. */
  private static final int VOLTA = 70;

  /** The same for bfloat16 and TF32. */
  private static final int AMPERE = 80;

  private final @Nullable AutocastMapping mapping;
  private final boolean gpu;
  private final int generation;
  private final boolean cpuHasBf16;

  private Autocast(
      @Nullable AutocastMapping mapping, boolean gpu, int generation, boolean cpuHasBf16) {
    this.mapping = mapping;
    this.gpu = gpu;
    this.generation = generation;
    this.cpuHasBf16 = cpuHasBf16;
  }

  /** Finds out what there is on {@code device}. The engine must be loaded. */
  static Autocast on(Device device) {
    AutocastMapping mapping = Library.MAPPING.orElse(null);
    boolean bf16 = mapping != null && mapping.hasAvx512Bf16();
    return new Autocast(
        mapping,
        device.isGpu(),
        device.isGpu() ? generation(device) : 0,
        bf16 || CpuFlags.ofMachine().hasBf16());
  }

  /** The same on a processor with these flags. */
  static Autocast onCpu(CpuFlags flags) {
    return new Autocast(Library.MAPPING.orElse(null), false, 0, flags.hasBf16());
  }

  private static int generation(Device device) {
    try {
      return Integer.parseInt(CudaUtils.getComputeCapability(device.getDeviceId()));
    } catch (RuntimeException e) { // it cannot be read: as if it were none
      return 0;
    }
  }

  /** Why {@code precision} cannot be used here at all; empty if it can. */
  Optional<String> obstacle(Precision precision) {
    if (precision == Precision.FP32 || precision == Precision.FP32_CHANNELS_LAST) {
      return Optional.empty();
    }
    if (mapping == null) {
      return Optional.of("this libtorch does not export its autocast functions");
    }
    return precision == Precision.TF32 && generation < AMPERE
        ? Optional.of("TF32 needs an NVIDIA GPU of compute capability 8.0 or above")
        : Optional.empty();
  }

  /** The precisions that the device computes natively, in the order in which to try them. */
  List<Precision> worthTrying() {
    return Stream.of(Precision.BF16, Precision.FP16, Precision.TF32)
        .filter(this::isNative)
        .filter(precision -> obstacle(precision).isEmpty())
        .toList();
  }

  /**
   * Whether convolutions may be faster where a pixel's channels lie together: oneDNN's kernels for
   * 16 bits compute so, and copy arrays of any other order before and after; those for float32 copy
   * less. Only measured on the CPU.
   */
  boolean mayPreferChannelsLast() {
    return !gpu;
  }

  /** Why {@link #worthTrying()} has nothing. */
  String nothingToTry() {
    return obstacle(Precision.BF16)
        .orElse(
            gpu
                ? "the GPU has no tensor cores"
                : "the processor has no bfloat16 instructions (avx512_bf16 or amx_bf16)");
  }

  private boolean isNative(Precision precision) {
    return switch (precision) {
      case FP32, FP32_CHANNELS_LAST -> true;
      case TF32 -> gpu && generation >= AMPERE;
      case BF16 -> gpu ? generation >= AMPERE : cpuHasBf16;
      case FP16 -> gpu && generation >= VOLTA && generation < AMPERE;
    };
  }

  /** Autocast's type on this thread, with its switch in the caller's hand. */
  final class Scope implements AutoCloseable {
    private final AutocastMapping calls;
    private final byte device = gpu ? AutocastMapping.CUDA : AutocastMapping.CPU;
    private final boolean enabledBefore;
    private final byte typeBefore;

    private Scope(AutocastMapping calls, Precision precision) {
      this.calls = calls;
      this.enabledBefore = calls.isEnabled(device);
      this.typeBefore = calls.type(device);
      calls.setType(
          device, precision == Precision.FP16 ? AutocastMapping.HALF : AutocastMapping.BFLOAT16);
      calls.setEnabled(device, false);
    }

    /** The same in 16 bits. */
    boolean prefersChannelsLast() {
      return mayPreferChannelsLast();
    }

    void on() {
      calls.setEnabled(device, true);
    }

    void off() {
      calls.setEnabled(device, false);
    }

    @Override
    public void close() {
      calls.setType(device, typeBefore);
      calls.setEnabled(device, enabledBefore);
    }
  }

  /** Opens a scope for bfloat16 or float16 on this thread, in which autocast is off at first. */
  Scope open(Precision precision) {
    return new Scope(calls(), precision);
  }

  /** Runs {@code work} with TF32 allowed; a switch of the process, put back afterwards. */
  <T> T withTf32(Supplier<T> work) {
    boolean before = calls().allowsTf32();
    calls().allowTf32(true);
    try {
      return work.get();
    } finally {
      calls().allowTf32(before);
    }
  }

  /** Frees the parameters that were converted, which are about to change. */
  void clearCache() {
    calls().clearCache();
  }

  private AutocastMapping calls() {
    if (mapping == null) {
      throw new IllegalStateException("autocast is used, though this libtorch does not export it");
    }
    return mapping;
  }

  /** Looked up once; the engine is loaded by then. */
  private static final class Library {
    static final Optional<AutocastMapping> MAPPING = find();

    private static Optional<AutocastMapping> find() {
      Path library = Libtorch.cpuLibrary();
      try {
        return Optional.of(new AutocastMapping(library.toString()));
      } catch (UnsatisfiedLinkError e) {
        return Optional.empty();
      }
    }
  }
}
