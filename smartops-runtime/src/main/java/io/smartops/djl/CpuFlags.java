package io.smartops.djl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the processor computes natively, as Linux lists it in {@code /proc/cpuinfo}. Elsewhere
 * nothing is known.
 *
 * @param names the first processor's flags ("features" on ARM)
 */
record CpuFlags(Set<String> names) {
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  /** Instructions on bfloat16: AVX-512 and AMX on x86, the extension of the same name on ARM. */
  private static final Set<String> BF16 = Set.of("avx512_bf16", "amx_bf16", "bf16");

  /** The flags of this machine. */
  static CpuFlags ofMachine() {
    try {
      return parse(Files.readString(CPUINFO));
    } catch (IOException e) {
      return new CpuFlags(Set.of());
    }
  }

  static CpuFlags parse(String cpuinfo) {
    return new CpuFlags(
        cpuinfo
            .lines()
            .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
            .limit(1)
            .flatMap(line -> Arrays.stream(line.substring(line.indexOf(':') + 1).split("\\s+")))
            .filter(flag -> !flag.isEmpty())
            .collect(Collectors.toUnmodifiableSet()));
  }

  boolean hasBf16() {
    return names.stream().anyMatch(BF16::contains);
  }
}
