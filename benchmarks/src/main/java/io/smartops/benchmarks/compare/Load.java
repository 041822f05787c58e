package io.smartops.benchmarks.compare;

import java.util.List;

/**
 * How much of a workload is run.
 *
 * @param workload its name
 * @param batchSize the logical batch
 * @param largeBatchSize the logical batch where memory is limited: its activations, not the
 *     process, are what takes memory
 * @param steps optimizer steps of a run; the first half is warm-up
 * @param largeSteps the same for the large batch
 * @param farSteps the same where each record is far away: plain DJL takes up to a second a step
 */
record Load(
    String workload, int batchSize, int largeBatchSize, int steps, int largeSteps, int farSteps) {

  /** The workloads that are compared; plain DJL takes two to six minutes a run on two cores. */
  static final List<Load> ALL =
      List.of(
          new Load("vision", 128, 384, 300, 400, 480),
          new Load("vision-resnet", 64, 192, 400, 240, 600),
          new Load("language", 32, 128, 320, 400, 160),
          new Load("audio", 64, 512, 400, 160, 300),
          new Load("contrastive", 256, 2_048, 600, 240, 120),
          new Load("tabular", 4_096, 98_304, 1_500, 240, 1_500));

  /** Whether its loss may be taken of parts of a batch, as a loop by hand would. */
  boolean splits() {
    return !workload.equals("contrastive");
  }

  /** Whether its data are read record by record, or lie in arrays. */
  boolean readsRecords() {
    return !workload.equals("tabular");
  }

  /** The load of a workload. */
  static Load of(String workload) {
    return ALL.stream()
        .filter(load -> load.workload.equals(workload))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no workload is called '%s'; there are %s"
                        .formatted(workload, ALL.stream().map(Load::workload).toList())));
  }

  int batchSize(Condition condition) {
    return condition == Condition.MEMORY_LIMITED ? largeBatchSize : batchSize;
  }

  int steps(Condition condition) {
    return switch (condition) {
      case FREE, NOISY_NEIGHBOUR -> steps;
      case MEMORY_LIMITED -> largeSteps;
      case INPUT_BOUND -> farSteps;
    };
  }
}
