package io.smartops.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ProcessFilesTest {
  static final String STATUS =
      """
      Name:	java
      VmPeak:	 4000000 kB
      VmSize:	 3000000 kB
      VmHWM:	  700000 kB
      VmRSS:	  600000 kB
      """;
  static final String LIMITS =
      """
      Limit                     Soft Limit           Hard Limit           Units
      Max resident set          unlimited            unlimited            bytes
      Max address space         4096000000           unlimited            bytes
      """;
  static final String UNLIMITED =
      "Max address space         unlimited            4096000000           bytes\n";
  static final String MACHINE = "MemTotal:  8000000 kB\nMemFree: 1 kB\nMemAvailable: 5000000 kB\n";

  @Test
  void readsWhatTheKernelWrites() {
    ProcessFiles files = ProcessFiles.Reader.parse(STATUS, LIMITS, MACHINE);
    assertThat(files.residentBytes()).hasValue(600_000L * 1024);
    assertThat(files.peakResidentBytes()).hasValue(700_000L * 1024);
    assertThat(files.machineBytes()).hasValue(8_000_000L * 1024);
    assertThat(files.machineAvailableBytes()).hasValue(5_000_000L * 1024);
    assertThat(files.addressSpaceHeadroomBytes()).hasValue(4_096_000_000L - 3_000_000L * 1024);
  }

  @Test
  void onlyTheSoftLimitCounts() {
    assertThat(ProcessFiles.Reader.parse(STATUS, UNLIMITED, MACHINE).addressSpaceHeadroomBytes())
        .isEmpty();
  }

  @Test
  void aLimitBelowTheSizeLeavesNothing() {
    String low = "Max address space 1000 unlimited bytes\n";
    assertThat(ProcessFiles.Reader.parse(STATUS, low, MACHINE).addressSpaceHeadroomBytes())
        .hasValue(0);
  }

  @Property(seed = "20261122")
  void garbageNeverThrows(@ForAll String status, @ForAll String limits, @ForAll String machine) {
    ProcessFiles files =
        ProcessFiles.Reader.parse("VmRSS:" + status, "Max address space" + limits, machine);
    assertThat(files.residentBytes().orElse(0)).isNotNegative();
    assertThat(files.addressSpaceHeadroomBytes()).isEmpty();
  }
}
