package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CpuFlagsTest {
  @ParameterizedTest
  @CsvSource({
    "'processor\t: 0\nflags\t\t: fpu avx512f avx512_bf16 amx_tile\n', true",
    "'flags\t\t: fpu avx512f amx_bf16\n', true",
    "'Features\t: fp asimd bf16 i8mm\n', true",
    "'flags\t\t: fpu avx512f avx512_vnni\n', false",
    "'flags\t\t: fpu\nbugs\t\t: avx512_bf16\n', false",
    "'', false"
  })
  void findsInstructionsOnBfloat16(String cpuinfo, boolean expected) {
    assertThat(CpuFlags.parse(cpuinfo).hasBf16()).isEqualTo(expected);
  }

  @Test
  void readsThisMachine() {
    assertThat(CpuFlags.ofMachine().names()).doesNotContain("");
  }
}
