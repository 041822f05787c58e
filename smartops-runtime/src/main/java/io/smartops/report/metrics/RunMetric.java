package io.smartops.report.metrics;

import io.smartops.LoaderState;
import io.smartops.report.history.RunHistory;
import io.smartops.report.history.StepPoint;
import io.smartops.report.history.Totals;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;

/** The {@code smartops_*} metrics. Reading one takes a lock for an instant. */
public enum RunMetric {
  /** Logical steps applied. */
  STEPS_TOTAL("Logical steps applied", total(Totals::steps)),
  /** Samples trained on. */
  SAMPLES_TOTAL("Samples trained on", total(Totals::samples)),
  /** Steps whose update was left out. */
  SKIPPED_STEPS_TOTAL(
      "Steps whose update was left out because gradients were not finite", total(Totals::skipped)),
  /** Changes of a knob. */
  DECISIONS_TOTAL("Changes of a knob", total(Totals::decisions)),
  /** Out-of-memory errors. */
  OUT_OF_MEMORY_TOTAL("Out-of-memory errors caught and replayed", total(Totals::survived)),
  /** Errors that did not happen. */
  OUT_OF_MEMORY_AVOIDED_TOTAL(
      "Times that the micro-batch was made smaller before memory ran out", total(Totals::avoided)),
  /** Waiting for data. */
  DATA_WAIT_SECONDS_TOTAL(
      "Time that the training thread waited for data",
      total(totals -> totals.waitNanos() * RunMetric.SECONDS)),
  /** Latest step's duration. */
  STEP_SECONDS(
      "Time of the latest step, waiting for data included",
      step(point -> OptionalDouble.of(point.stepNanos() * RunMetric.SECONDS))),
  /** Throughput of the latest step. */
  SAMPLES_PER_SECOND("Throughput of the latest step", step(StepPoint::samplesPerSecond)),
  /** Loss. */
  LOSS("Latest loss that was read", history -> history.latestLoss()),
  /** Memory in use. */
  MEMORY_USED_BYTES("Memory that the process holds", bytes(StepPoint::usedBytes)),
  /** Memory limit. */
  MEMORY_LIMIT_BYTES("Memory limit in force", bytes(StepPoint::limitBytes)),
  /** Predicted peak. */
  MEMORY_PREDICTED_BYTES(
      "Peak of memory that the latest plan expected, margins included",
      bytes(StepPoint::predictedBytes)),
  /** Micro-batch. */
  MICRO_BATCH_SAMPLES(
      "Samples in the largest micro-batch of the latest step",
      step(point -> OptionalDouble.of(point.microBatch()))),
  /** Accumulation. */
  MICRO_BATCHES(
      "Micro-batches of the latest step", step(point -> OptionalDouble.of(point.microBatches()))),
  /** Precision. */
  PRECISION_WIDTH(
      "Bits of the arithmetic of the model's passes: 32 or 16",
      step(point -> OptionalDouble.of(point.precision().endsWith("16") ? 16 : 32))),
  /** Prefetch depth. */
  PREFETCH_DEPTH("Batches that the loader builds ahead", loader(LoaderState::depth)),
  /** Loader workers. */
  LOADER_WORKERS("Threads of the loader", loader(LoaderState::workers)),
  /** MFU. */
  MODEL_FLOPS_UTILIZATION_RATIO(
      "Share of the device's peak that the latest step's throughput amounts to",
      history ->
          history
              .latest()
              .map(
                  point ->
                      history.compute().utilisation(point.samplesPerSecond(), point.precision()))
              .orElse(OptionalDouble.empty()));

  private static final double SECONDS = 1e-9;
  private static final String TOTAL = "_total";

  private final String help;

  @SuppressWarnings("ImmutableEnumChecker") // the functions hold no state
  private final Function<RunHistory, OptionalDouble> reading;

  RunMetric(String help, Function<RunHistory, OptionalDouble> reading) {
    this.help = help;
    this.reading = reading;
  }

  /** The name in Prometheus, as {@code smartops_steps_total}. */
  public String prometheusName() {
    return "smartops_" + name().toLowerCase(Locale.ROOT);
  }

  /** What it means. */
  public String help() {
    return help;
  }

  /** Whether it only grows. */
  public boolean isCounter() {
    return prometheusName().endsWith(TOTAL);
  }

  /** The name without the suffix that registries give to counters. */
  String baseName() {
    String name = prometheusName();
    return isCounter() ? name.substring(0, name.length() - TOTAL.length()) : name;
  }

  /** The value now; absent before the first step, and where nothing is known. */
  public OptionalDouble read(RunHistory history) {
    return reading.apply(history);
  }

  private interface Total {
    double of(Totals totals);
  }

  private static Function<RunHistory, OptionalDouble> total(Total value) {
    return history -> OptionalDouble.of(value.of(history.totals()));
  }

  private static Function<RunHistory, OptionalDouble> step(
      Function<StepPoint, OptionalDouble> value) {
    return history -> history.latest().map(value).orElse(OptionalDouble.empty());
  }

  private static Function<RunHistory, OptionalDouble> bytes(
      Function<StepPoint, OptionalLong> value) {
    return step(point -> value.apply(point).stream().asDoubleStream().findFirst());
  }

  private static Function<RunHistory, OptionalDouble> loader(
      Function<LoaderState, Integer> setting) {
    return step(
        point ->
            point.loader().map(setting).map(OptionalDouble::of).orElse(OptionalDouble.empty()));
  }
}
