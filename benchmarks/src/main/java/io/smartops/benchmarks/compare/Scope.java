package io.smartops.benchmarks.compare;

import io.smartops.PrecisionPolicy;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How thorough a comparison is.
 *
 * @param workloads names of the workloads
 * @param conditions what they are run under
 * @param rounds how often every contender is run in turn, each time with another seed
 * @param shares micro-batches that the sweep tries, as divisors of the logical batch
 * @param loaders loader threads and batches ahead that the sweep tries
 * @param slowLoaders the same where input is the bottleneck
 * @param finalists how many of the sweep's best settings take part in the rounds
 * @param stepShare steps of a run, as a divisor of the usual number
 */
record Scope(
    List<String> workloads,
    Set<Condition> conditions,
    int rounds,
    List<Integer> shares,
    List<Loading> loaders,
    List<Loading> slowLoaders,
    int finalists,
    int stepShare) {

  /**
   * A way to load data.
   *
   * @param workers threads; 0 means the training thread
   * @param depth batches ahead
   */
  record Loading(int workers, int depth) {}

  /** One to warm up, two to measure. */
  private static final int LEAST_STEPS = 3;

  /** Steps of a setting in the sweep, as a divisor of a run's. */
  private static final int SWEEP_SHARE = 8;

  private static final int LEAST_SWEEP_STEPS = 8;

  /** On a processor TF32 is float32, and float16 is emulated. */
  private static final List<PrecisionPolicy> PRECISIONS =
      List.of(PrecisionPolicy.FP32, PrecisionPolicy.BF16);

  private static final Loading ON_THE_TRAINING_THREAD = new Loading(0, 1);

  /** Every workload under every condition: two to three hours. */
  static Scope full() {
    return new Scope(
        Load.ALL.stream().map(Load::workload).toList(),
        EnumSet.allOf(Condition.class),
        3,
        List.of(1, 2, 4, 8),
        List.of(ON_THE_TRAINING_THREAD, new Loading(1, 2), new Loading(2, 2), new Loading(2, 4)),
        List.of(
            new Loading(4, 8),
            new Loading(8, 8),
            new Loading(16, 16),
            new Loading(32, 32),
            new Loading(64, 64)),
        1,
        1);
  }

  /** Two workloads under every condition, few settings: some five minutes. */
  static Scope quick() {
    return new Scope(
        List.of("vision", "tabular"),
        EnumSet.allOf(Condition.class),
        1,
        List.of(1, 4),
        List.of(ON_THE_TRAINING_THREAD),
        List.of(new Loading(32, 32)),
        1,
        3);
  }

  /** The same with other choices; an empty list, or no round, keeps what there is. */
  Scope with(List<String> otherWorkloads, List<Condition> otherConditions, int otherRounds) {
    return new Scope(
        otherWorkloads.isEmpty() ? workloads : otherWorkloads,
        otherConditions.isEmpty() ? conditions : EnumSet.copyOf(otherConditions),
        otherRounds == 0 ? rounds : otherRounds,
        shares,
        loaders,
        slowLoaders,
        finalists,
        stepShare);
  }

  /** What plain DJL does unless told otherwise. */
  static Setting defaults(int batchSize) {
    return new Setting(batchSize, 0, 2, PrecisionPolicy.FP32);
  }

  /** Condition by condition, workload by workload; data in arrays cannot keep anyone waiting. */
  List<Cell> cells() {
    return conditions.stream()
        .flatMap(condition -> workloads.stream().map(name -> new Cell(Load.of(name), condition)))
        .filter(cell -> cell.condition() != Condition.INPUT_BOUND || cell.load().readsRecords())
        .toList();
  }

  /**
   * How many trials a cell takes at most.
   *
   * @param measured the cells of an earlier comparison that is kept
   */
  int trials(Cell cell, List<CellResult> measured) {
    int contenders = 2 + finalists + (cell.isMemoryLimited() ? 1 : 0);
    return sweepTrials(cell, measured) + rounds * contenders;
  }

  /** One more than settings where they share a process, to warm it up. */
  private int sweepTrials(Cell cell, List<CellResult> measured) {
    boolean swept =
        sweptUnder(cell)
            .filter(free -> cells().contains(free) || measured.stream().anyMatch(r -> r.isOf(free)))
            .isPresent();
    return swept ? 0 : settings(cell).size() + (cell.isMemoryLimited() ? 0 : 1);
  }

  /**
   * The cell whose sweep serves this one too: a neighbour's bursts would fall on some settings of a
   * sweep and not on others.
   */
  Optional<Cell> sweptUnder(Cell cell) {
    return cell.condition() == Condition.NOISY_NEIGHBOUR
        ? Optional.of(new Cell(cell.load(), Condition.FREE))
        : Optional.empty();
  }

  /** Steps of a setting in the sweep. */
  int sweepSteps(Cell cell) {
    return Math.max(Math.min(LEAST_SWEEP_STEPS, steps(cell)), steps(cell) / SWEEP_SHARE);
  }

  /** Steps of a run. */
  int steps(Cell cell) {
    return Math.max(LEAST_STEPS, cell.steps() / stepShare);
  }

  /** Where memory is short, batches that lie ready cost what it is short of. */
  private List<Loading> loaders(Cell cell) {
    return switch (cell.condition()) {
      case INPUT_BOUND -> slowLoaders;
      case MEMORY_LIMITED -> loaders.subList(0, Math.min(2, loaders.size()));
      case FREE, NOISY_NEIGHBOUR -> loaders;
    };
  }

  /** The settings that the sweep tries. */
  List<Setting> settings(Cell cell) {
    List<Setting> settings = new ArrayList<>();
    for (PrecisionPolicy precision : PRECISIONS) {
      for (Loading loading : loaders(cell)) {
        for (int share : cell.load().splits() ? shares : List.of(1)) {
          settings.add(
              new Setting(cell.batchSize() / share, loading.workers(), loading.depth(), precision));
        }
      }
    }
    return settings;
  }
}
