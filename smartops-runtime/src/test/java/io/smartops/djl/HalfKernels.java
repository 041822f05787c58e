package io.smartops.djl;

/** What libtorch's kernels in 16 bits need of a processor. */
final class HalfKernels {
  private HalfKernels() {}

  /** OneDNN emulates bfloat16 in its LSTM by AVX-512, and has none below that. */
  static boolean haveLstm() {
    return CpuFlags.ofMachine().names().contains("avx512bw");
  }
}
