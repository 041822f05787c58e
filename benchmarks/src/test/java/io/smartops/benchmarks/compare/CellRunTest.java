package io.smartops.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smartops.benchmarks.compare.Trial.Contender;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The order of the runs and what is made of them, with runs that are made up. */
class CellRunTest {
  private static final Scope SCOPE = Scope.full();
  private static final Cell FREE = new Cell(Load.of("tabular"), Condition.FREE);
  private static final Cell LIMITED = new Cell(Load.of("tabular"), Condition.MEMORY_LIMITED);

  private final List<Trial> asked = new ArrayList<>();

  @Test
  void theSweepsBestMeetTheOthersInRoundsInTurn() throws Exception {
    CellResult result = run(FREE, trial -> outcome(rate(trial)));

    // One more than settings: the first run warms the process up.
    int swept = SCOPE.settings(FREE).size() + 1;
    assertThat(asked).hasSize(SCOPE.trials(FREE, List.of()));
    assertThat(asked.subList(0, swept)).allMatch(t -> t.contender() == Contender.STATIC);
    List<Trial> rounds = asked.subList(swept, asked.size());
    assertThat(rounds.subList(0, 3).stream().map(Trial::contender))
        .containsExactly(Contender.PLAIN, Contender.SMART, Contender.STATIC);
    assertThat(rounds.get(3).contender()).isEqualTo(Contender.STATIC);
    assertThat(rounds.get(3).seed()).isEqualTo(2);
    assertThat(result.best().orElseThrow().setting().microBatch()).isEqualTo(512);
    assertThat(result.ratios(result.plain())).hasSize(3).containsOnly(2.0);
  }

  @Test
  void theLimitIsHalfOfWhatPlainDjlNeeds() throws Exception {
    CellResult result =
        run(
            LIMITED,
            trial -> {
              boolean dies = trial.headroomBytes() > 0 && trial.contender() != Contender.SMART;
              return dies ? Outcome.failed("out of memory") : outcome(rate(trial));
            });

    assertThat(result.headroomBytes()).isEqualTo(500);
    assertThat(asked.stream().filter(trial -> trial.headroomBytes() == 0))
        .hasSize(3)
        .allMatch(trial -> trial.contender() == Contender.PLAIN);
    assertThat(result.plain().finishedRounds()).isZero();
    assertThat(result.smart().finished()).isTrue();
    assertThat(result.best()).isEmpty();
    assertThat(result.ratios(result.plain())).isEmpty();
    assertThat(result.lossDistance()).contains(0.0);
  }

  @Test
  void withoutWhatPlainDjlNeedsThereIsNoRow() {
    assertThatThrownBy(() -> run(LIMITED, trial -> Outcome.failed("killed after 1200 s")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("tabular", "killed after 1200 s");
    assertThat(asked).hasSize(1);
  }

  @Test
  void oneFailedRoundTakesASettingOutOfTheRace() throws Exception {
    CellResult result =
        run(
            FREE,
            trial ->
                trial.contender() == Contender.STATIC && trial.seed() == 3
                    ? Outcome.failed("exit code 134")
                    : outcome(rate(trial)));

    assertThat(result.best().orElseThrow().contender()).isEqualTo(Contender.PLAIN);
  }

  private CellResult run(Cell cell, Trials trials) throws Exception {
    return new CellRun(
            cell,
            SCOPE,
            trial -> {
              asked.add(trial);
              return trials.run(trial);
            },
            List.of())
        .run();
  }

  /** SmartOps is twice as fast as plain DJL; small micro-batches are faster still. */
  private static double rate(Trial trial) {
    return switch (trial.contender()) {
      case PLAIN -> 100;
      case SMART -> 200;
      case STATIC -> 1e6 / trial.setting().microBatch();
    };
  }

  private static Outcome outcome(double rate) {
    return new Outcome("", rate, rate, 0.5, 1_000, 2_000, 0, 3, 64);
  }
}
