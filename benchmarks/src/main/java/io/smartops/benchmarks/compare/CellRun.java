package io.smartops.benchmarks.compare;

import io.smartops.benchmarks.compare.CellResult.Entry;
import io.smartops.benchmarks.compare.Trial.Contender;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Runs one workload under one condition: first the sweep, each setting once and briefly; then the
 * finalists in rounds, so that the machine's drift meets all alike. Who begins a round changes.
 */
final class CellRun {
  private static final int FIRST_SEED = 1;

  private final Cell cell;
  private final Scope scope;
  private final Trials trials;
  private final List<Entry> swept;

  /**
   * A run.
   *
   * @param swept a sweep of the same workload that serves this condition too; empty: it has its own
   */
  CellRun(Cell cell, Scope scope, Trials trials, List<Entry> swept) {
    this.cell = cell;
    this.scope = scope;
    this.trials = trials;
    this.swept = swept;
  }

  CellResult run() throws IOException, InterruptedException {
    List<Outcome> unlimited = unlimited();
    long headroomBytes = unlimited.isEmpty() ? 0 : unlimited.get(0).growthBytes() / 2;
    List<Entry> sweep = swept.isEmpty() ? sweep(headroomBytes) : swept;
    List<Entry> finalists = rounds(entrants(sweep), headroomBytes);
    return new CellResult(
        cell, Machine.today(), scope.steps(cell), headroomBytes, sweep, finalists, unlimited);
  }

  /** In one process, which is warm then; but where memory ends, each setting has its own. */
  private List<Entry> sweep(long headroomBytes) throws IOException, InterruptedException {
    List<Setting> settings = scope.settings(cell);
    List<Trial> sweep = new ArrayList<>();
    for (Setting setting : settings) {
      sweep.add(
          trial(Contender.STATIC, setting)
              .withSteps(scope.sweepSteps(cell))
              .withHeadroom(headroomBytes));
    }
    List<Outcome> outcomes = cell.isMemoryLimited() ? trials.runEach(sweep) : warm(sweep);
    return IntStream.range(0, settings.size())
        .mapToObj(i -> new Entry(Contender.STATIC, settings.get(i), List.of(outcomes.get(i))))
        .toList();
  }

  /** The first setting runs once more before all, since the process is cold then. */
  private List<Outcome> warm(List<Trial> sweep) throws IOException, InterruptedException {
    List<Trial> together = new ArrayList<>(sweep);
    together.add(0, sweep.get(0).withSteps(scope.steps(cell) / 2));
    List<Outcome> outcomes = trials.runTogether(together);
    return outcomes.subList(1, outcomes.size());
  }

  /** Plain DJL without the limit says how much it needs, and which losses to expect. */
  private List<Outcome> unlimited() throws IOException, InterruptedException {
    List<Outcome> outcomes = new ArrayList<>();
    if (cell.isMemoryLimited()) {
      for (int round = 0; round < scope.rounds(); round++) {
        Outcome outcome = trials.run(plain().withSeed(FIRST_SEED + round));
        if (!outcome.finished()) {
          throw new IllegalStateException(
              "plain DJL must finish %s without a limit once, to tell how much memory it needs: %s"
                  .formatted(cell.load().workload(), outcome.failure()));
        }
        outcomes.add(outcome);
      }
    }
    return outcomes;
  }

  private List<Trial> entrants(List<Entry> sweep) {
    List<Trial> entrants = new ArrayList<>();
    entrants.add(plain());
    entrants.add(trial(Contender.SMART, defaults()));
    sweep.stream()
        .filter(Entry::finished)
        .sorted(Comparator.comparingDouble(Entry::medianRate).reversed())
        .limit(scope.finalists())
        .forEach(entry -> entrants.add(trial(Contender.STATIC, entry.setting())));
    return entrants;
  }

  private List<Entry> rounds(List<Trial> entrants, long headroomBytes)
      throws IOException, InterruptedException {
    List<Entry> entries =
        entrants.stream()
            .map(trial -> new Entry(trial.contender(), trial.setting(), new ArrayList<>()))
            .toList();
    List<Integer> order = new ArrayList<>(IntStream.range(0, entries.size()).boxed().toList());
    for (int round = 0; round < scope.rounds(); round++) {
      for (int i : order) {
        Trial trial = entrants.get(i).withSeed(FIRST_SEED + round).withHeadroom(headroomBytes);
        entries.get(i).outcomes().add(trials.run(trial));
      }
      Collections.rotate(order, 1);
    }
    return entries;
  }

  private Trial plain() {
    return trial(Contender.PLAIN, defaults());
  }

  private Setting defaults() {
    return Scope.defaults(cell.batchSize());
  }

  private Trial trial(Contender contender, Setting setting) {
    return new Trial(
        cell.load().workload(),
        cell.condition(),
        contender,
        setting,
        cell.batchSize(),
        scope.steps(cell),
        0,
        FIRST_SEED);
  }
}
