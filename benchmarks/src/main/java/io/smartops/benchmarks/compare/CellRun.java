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
 * Runs one workload under one condition: first the sweep, each setting once; then the finalists in
 * rounds, so that the machine's drift meets all alike. Who begins a round changes.
 */
final class CellRun {
  private static final int FIRST_SEED = 1;

  private final Cell cell;
  private final Scope scope;
  private final Trials trials;

  CellRun(Cell cell, Scope scope, Trials trials) {
    this.cell = cell;
    this.scope = scope;
    this.trials = trials;
  }

  CellResult run() throws IOException, InterruptedException {
    List<Outcome> unlimited = unlimited();
    long headroomBytes = unlimited.isEmpty() ? 0 : unlimited.get(0).growthBytes() / 2;
    List<Entry> sweep = new ArrayList<>();
    for (Setting setting : scope.settings(cell)) {
      Trial trial = trial(Contender.STATIC, setting).withHeadroom(headroomBytes);
      sweep.add(new Entry(Contender.STATIC, setting, List.of(trials.run(trial))));
    }
    List<Entry> finalists = rounds(entrants(sweep), headroomBytes);
    return new CellResult(cell, scope.steps(cell), headroomBytes, sweep, finalists, unlimited);
  }

  /** Plain DJL without the limit says how much it needs, and which losses to expect. */
  private List<Outcome> unlimited() throws IOException, InterruptedException {
    List<Outcome> outcomes = new ArrayList<>();
    if (cell.isMemoryLimited()) {
      for (int round = 0; round < scope.rounds(); round++) {
        outcomes.add(trials.run(plain().withSeed(FIRST_SEED + round)));
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
