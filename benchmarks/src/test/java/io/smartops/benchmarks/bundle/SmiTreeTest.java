package io.smartops.benchmarks.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Reads what {@code nvidia-smi -q} prints. */
class SmiTreeTest {
  private static final String OUTPUT =
      """

      ==============NVSMI LOG==============

      Driver Version                            : 550.54.15
      Attached GPUs                             : 2
      GPU 00000000:65:00.0
          Product Name                          : NVIDIA H100 80GB HBM3
          Product Architecture                  : Hopper
          PCI
              Bus                               : 0x65
              GPU Link Info
                  PCIe Generation
                      Max                       : 5
              Replays Since Reset               : 0
          Fan Speed                             : N/A
          BAR1 Memory Usage
              Total                             : 131072 MiB
      GPU 00000000:66:00.0
          Product Name                          : Tesla T4
          BAR1 Memory Usage
              Total                             : 256 MiB
      """;

  @Test
  void givesValuesByPathForEachGpu() {
    var gpus = SmiTree.parse(OUTPUT);
    assertThat(gpus).hasSize(2);
    assertThat(gpus.get(0))
        .containsEntry("Product Architecture", "Hopper")
        .containsEntry("PCI/GPU Link Info/PCIe Generation/Max", "5")
        .containsEntry("PCI/Replays Since Reset", "0")
        .containsEntry("BAR1 Memory Usage/Total", "131072 MiB")
        .doesNotContainKeys("Fan Speed", "Driver Version");
    assertThat(gpus.get(1)).containsEntry("BAR1 Memory Usage/Total", "256 MiB");
  }

  @Test
  void findsNoGpuInAnotherText() {
    assertThat(SmiTree.parse("NVIDIA-SMI has failed\n  a : b\n")).isEmpty();
  }
}
