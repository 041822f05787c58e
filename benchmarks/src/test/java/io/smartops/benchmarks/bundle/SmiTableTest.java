package io.smartops.benchmarks.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Reads what nvidia-smi prints as CSV. */
class SmiTableTest {
  private static final List<String> FIELDS = List.of("name", "memory.total", "fan.speed");

  @Test
  void readsOneRowForEachGpu() {
    SmiTable table =
        SmiTable.parse(FIELDS, "NVIDIA H100 80GB HBM3, 81559, [N/A]\nTesla T4, 15360, 33\n");
    assertThat(table.rows()).hasSize(2);
    assertThat(table.rows().get(0)).containsEntry("name", "NVIDIA H100 80GB HBM3");
    assertThat(table.rows().get(1)).containsEntry("fan.speed", "33");
  }

  @Test
  void leavesOutWhatHasNoValue() {
    SmiTable table = SmiTable.parse(FIELDS, "[Not Supported], N/A, [Unknown Error]\n");
    assertThat(table.rows()).singleElement().satisfies(row -> assertThat(row).isEmpty());
  }

  @Test
  void refusesARowOfAnotherLength() {
    assertThatThrownBy(() -> SmiTable.parse(FIELDS, "Tesla T4, 15360\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 values for 3 fields");
  }

  @Test
  void findsTheFieldThatAnOldReleaseDoesNotKnow() {
    String complaint = "Field \"power.draw.instant\" is not a valid field to query.\n\n";
    assertThat(SmiTable.unknownField(complaint)).contains("power.draw.instant");
    assertThat(SmiTable.unknownField("Tesla T4, 15360, 33")).isEmpty();
  }
}
