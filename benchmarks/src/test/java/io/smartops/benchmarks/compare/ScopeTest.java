package io.smartops.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smartops.examples.Workloads;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScopeTest {

  @Test
  void theFullScopeHasEveryWorkloadUnderEveryCondition() {
    List<Cell> cells = Scope.full().cells();

    // Six workloads, four conditions; the table of the tabular one lies in arrays.
    assertThat(cells).hasSize(6 * 4 - 1);
    assertThat(cells)
        .allMatch(cell -> Workloads.named(cell.load().workload()).isPresent())
        .noneMatch(
            cell ->
                cell.load().workload().equals("tabular")
                    && cell.condition() == Condition.INPUT_BOUND);
  }

  @Test
  void microBatchesDivideTheBatch() {
    for (Cell cell : Scope.full().cells()) {
      assertThat(Scope.full().settings(cell))
          .isNotEmpty()
          .allMatch(setting -> cell.batchSize() % setting.microBatch() == 0);
    }
  }

  @Test
  void aLossThatComparesSamplesIsNotSplitByHand() {
    Cell cell = new Cell(Load.of("contrastive"), Condition.FREE);

    assertThat(Scope.full().settings(cell))
        .allMatch(setting -> setting.microBatch() == cell.batchSize());
  }

  @Test
  void theSweepOfFreeServesANoisyNeighbourToo() {
    Cell free = new Cell(Load.of("audio"), Condition.FREE);
    Cell noisy = new Cell(Load.of("audio"), Condition.NOISY_NEIGHBOUR);
    CellResult measured = new CellResult(free, "2026-11-29", 1, 0, List.of(), List.of(), List.of());
    Scope both =
        Scope.full().with(List.of("audio"), List.of(free.condition(), noisy.condition()), 1);
    Scope alone = Scope.full().with(List.of("audio"), List.of(noisy.condition()), 1);

    assertThat(both.trials(noisy, List.of())).isEqualTo(3);
    assertThat(alone.trials(noisy, List.of(measured))).isEqualTo(3);
    assertThat(alone.trials(noisy, List.of())).isEqualTo(both.trials(free, List.of()));
  }

  @Test
  void otherWorkloadsAndConditionsCanBeChosen() {
    Scope scope = Scope.quick().with(List.of("audio"), List.of(Condition.FREE), 0);

    assertThat(scope.cells()).containsExactly(new Cell(Load.of("audio"), Condition.FREE));
  }

  @Test
  void anUnknownWorkloadIsNamed() {
    assertThatThrownBy(() -> Load.of("physics"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("no workload is called 'physics'; there are [vision, ");
  }
}
