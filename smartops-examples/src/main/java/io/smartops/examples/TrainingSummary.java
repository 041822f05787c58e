package io.smartops.examples;

import io.smartops.SmartOpsStats;
import io.smartops.report.console.FinalTable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * What came of a job; what was adapted on the way is in the runtime's own table.
 *
 * @param options what was asked for
 * @param quality how good the model is
 * @param samples samples trained on
 * @param elapsed time spent training, without validation
 * @param stats what the runtime did; empty after a plain run
 * @param peakBytes the most memory that the process held
 */
record TrainingSummary(
    JobOptions options,
    Quality quality,
    long samples,
    Duration elapsed,
    Optional<SmartOpsStats> stats,
    OptionalLong peakBytes) {

  /**
   * How good a model is on data that it was not trained on.
   *
   * @param evaluator what was measured
   * @param value the measure
   * @param words the same for people
   */
  record Quality(String evaluator, float value, String words) {}

  /** The summary as text, a line a fact. */
  List<String> lines() {
    Stream<String> always = Stream.of("", qualityLine(), trainingLine(), memoryLine());
    return Stream.concat(always, stats.stream().flatMap(TrainingSummary::adaptation)).toList();
  }

  private String qualityLine() {
    return line(quality.evaluator(), quality.words());
  }

  private String trainingLine() {
    double seconds = elapsed.toNanos() / 1e9;
    return line(
        "training",
        "%,d samples in batches of %,d: %.1f s, %,.0f samples/s"
            .formatted(samples, options.batchSize(), seconds, samples / seconds));
  }

  private String memoryLine() {
    String peak =
        peakBytes.isPresent() ? new ByteSize(peakBytes.getAsLong()).toString() : "unknown";
    return line("memory", "peak %s, limit %s".formatted(peak, limit()));
  }

  private String limit() {
    return options.plain()
        ? "none, plain DJL"
        : options.memoryLimit().map(ByteSize::toString).orElse("the runtime's own");
  }

  private static Stream<String> adaptation(SmartOpsStats stats) {
    return Stream.of(
        batchesLine(stats), line("precision", stats.precision().label() + " at the end"));
  }

  private static String batchesLine(SmartOpsStats stats) {
    return line(
        "batches",
        "%d whole, %d split in one pass, %d in two; micro-batch %d at the end"
            .formatted(
                stats.wholeBatches(),
                stats.fusedBatches(),
                stats.twoPassBatches(),
                stats.microBatch()));
  }

  /** One fact, aligned with the runtime's table. */
  static String line(String name, String value) {
    return FinalTable.line(name, value);
  }
}
