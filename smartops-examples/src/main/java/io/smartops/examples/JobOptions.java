package io.smartops.examples;

import io.smartops.PrecisionPolicy;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a job is to be run.
 *
 * @param epochs passes over the training data
 * @param batchSize the logical batch
 * @param samples how many samples to train and to test on; empty means all
 * @param memoryLimit the most memory that the process may hold; empty leaves it to the runtime
 * @param microBatch a fixed micro-batch; empty lets the runtime choose
 * @param precision the arithmetic that the runtime may use
 * @param saveTo the folder that receives the trained model
 * @param seed of the parameters and of the order of the data
 * @param plain whether to run on DJL alone
 * @param watch how the run is shown
 */
record JobOptions(
    int epochs,
    int batchSize,
    OptionalInt samples,
    Optional<ByteSize> memoryLimit,
    OptionalInt microBatch,
    PrecisionPolicy precision,
    Path saveTo,
    int seed,
    boolean plain,
    Watch watch) {

  /**
   * How a run is shown.
   *
   * @param report the HTML report, if one is wanted
   * @param journal the journal of decisions, if one is wanted
   * @param plots the folder for plots, if they are wanted
   * @param dashboardPort where a live page is served, if it is
   * @param quiet whether the console shows nothing while the run lasts
   */
  record Watch(
      Optional<Path> report,
      Optional<Path> journal,
      Optional<Path> plots,
      OptionalInt dashboardPort,
      boolean quiet) {}
}
