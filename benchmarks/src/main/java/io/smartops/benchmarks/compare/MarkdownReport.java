package io.smartops.benchmarks.compare;

import io.smartops.benchmarks.compare.CellResult.Entry;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.math3.stat.descriptive.rank.Median;

/** A comparison for people. */
final class MarkdownReport {
  private static final double MEBIBYTE = 1L << 20;

  private final Comparison comparison;
  private final List<String> plots;

  /** A report that shows the plots of these names. */
  MarkdownReport(Comparison comparison, List<String> plots) {
    this.comparison = comparison;
    this.plots = plots;
  }

  String text() {
    return Stream.of(intro(), machine(), rates(), images(), settings(), method())
            .collect(Collectors.joining("\n\n"))
        + "\n";
  }

  private String intro() {
    return """
        # Benchmarks: with and without adaptation

        Written by the command below, or by several, each for a part of the rows; not by hand.

            %s

        Samples a second after the warm-up: median (least–most) over the rounds. Ratios are medians of
        the rounds' own ratios. *Best static* is the fastest of all static settings that were tried,
        plain DJL's own defaults included."""
        .formatted(String.join("\n    ", comparison.commands()));
  }

  private String machine() {
    Machine machine = comparison.machine();
    return """
        | | |
        |---|---|
        | Processor | %s, %d cores |
        | Memory | %,d MiB |
        | System | %s |
        | JVM | %s |
        | Engine | %s |
        | Load average at the start | %s |
        | Date of the latest rows | %s |"""
        .formatted(
            machine.processor(),
            machine.cores(),
            machine.memoryMib(),
            machine.system(),
            machine.java(),
            machine.engine(),
            machine.load(),
            machine.date());
  }

  private String rates() {
    return """
        ## Results

        | workload | condition | plain DJL | SmartOps | best static | SmartOps / plain | SmartOps / best | loss differs by |
        |---|---|---:|---:|---:|---:|---:|---:|
        %s"""
        .formatted(
            comparison.cells().stream().map(MarkdownReport::row).collect(Collectors.joining("\n")));
  }

  private static String row(CellResult result) {
    Optional<Entry> best = result.best();
    return "| %s | %s | %s | %s | %s | %s | %s | %s |"
        .formatted(
            result.cell().load().workload(),
            result.cell().condition().title(),
            rate(result.plain()),
            rate(result.smart()),
            best.map(MarkdownReport::rate).orElse("none finishes"),
            ratio(result.ratios(result.plain())),
            best.map(entry -> ratio(result.ratios(entry))).orElse("–"),
            result.lossDistance().map(MarkdownReport::distance).orElse("–"));
  }

  /** Median and spread; where a run died, how many did. */
  private static String rate(Entry entry) {
    int rounds = entry.outcomes().size();
    long finished = entry.finishedRounds();
    if (finished == 0) {
      return "fails, %d of %d".formatted(rounds, rounds);
    }
    double[] rates = entry.rates();
    String failed = finished < rounds ? "; %d of %d fail".formatted(rounds - finished, rounds) : "";
    return "%,.0f (%,.0f–%,.0f)%s"
        .formatted(
            entry.medianRate(),
            Arrays.stream(rates).min().orElseThrow(),
            Arrays.stream(rates).max().orElseThrow(),
            failed);
  }

  private static String ratio(double[] ratios) {
    return ratios.length == 0
        ? "–"
        : "%.2f (%.2f–%.2f)"
            .formatted(
                new Median().evaluate(ratios),
                Arrays.stream(ratios).min().orElseThrow(),
                Arrays.stream(ratios).max().orElseThrow());
  }

  private static String distance(double relative) {
    return relative == 0 ? "0" : "%.1e".formatted(relative);
  }

  private String images() {
    return plots.stream().map("![](%s)"::formatted).collect(Collectors.joining("\n\n"));
  }

  private String settings() {
    return """
        ## What was chosen

        | workload | condition | batch | steps of a run | memory left | best static: micro-batch, loading, precision | settings tried | SmartOps: micro-batch at the end | changes | errors survived | rate with warm-up / without | measured |
        |---|---|---:|---:|---:|---|---:|---:|---:|---:|---:|---|
        %s"""
        .formatted(
            comparison.cells().stream()
                .map(MarkdownReport::choice)
                .collect(Collectors.joining("\n")));
  }

  private static String choice(CellResult result) {
    return "| %s | %s | %,d | %d | %s | %s | %d | %s | %s |"
        .formatted(
            result.cell().load().workload(),
            result.cell().condition().title(),
            result.cell().batchSize(),
            result.steps(),
            result.headroomBytes() == 0
                ? "all"
                : "%,.0f MiB".formatted(result.headroomBytes() / MEBIBYTE),
            result.best().map(entry -> entry.setting().describe()).orElse("none finishes"),
            result.sweep().size(),
            adaptation(result.smart()),
            result.date());
  }

  /** Of the latest round that finished. */
  private static String adaptation(Entry smart) {
    return smart.outcomes().stream()
        .filter(Outcome::finished)
        .reduce((earlier, later) -> later)
        .map(
            outcome ->
                "%,d | %d | %d | %.2f"
                    .formatted(
                        outcome.microBatch(),
                        outcome.decisions(),
                        outcome.outOfMemoryErrors(),
                        outcome.wholeSamplesPerSecond() / outcome.samplesPerSecond()))
        .orElse("– | – | – | –");
  }

  private static String method() {
    return """
        ## How it was measured

        Plain DJL, SmartOps and the best static setting meet in rounds, in turn, each run in a JVM of its
        own, each round with another seed and another first. The first half of a run's steps is warm-up.
        The best static setting is found by a sweep before, over micro-batch × loader threads × batches
        ahead × precision, each setting once and for an eighth of the steps, all in one warm JVM (each in
        its own where memory is limited). Static float32 settings are DJL alone with a loop by hand, so
        they pay nothing for SmartOps' bookkeeping; in bfloat16, which DJL does not have, they are
        SmartOps with everything fixed. None of them lowers the number of libtorch's threads, which
        SmartOps may where builders of batches want a core: that is how it can pass the best of them.

        - *free*: nothing else.
        - *memory-limited*: a larger batch, in a control group, as a container has, that may grow by half
          of what plain DJL needs for it: there the kernel kills plain DJL. The loss is compared with that
          of plain DJL without the limit, seed by seed.
        - *input-bound*: each record is 4 ms away. Workloads whose data lie in arrays are left out.
        - *noisy neighbour*: another process takes a core for two of every four seconds. Its best
          static setting is that of *free*: bursts would meet some settings of a sweep and not others.

        A loss by a loop by hand is not compared: DJL adds the gradients of its parts instead of averaging
        them, and those of a mean over characters by another weight. The contrastive loss has no static
        split at all. A static setting with smaller micro-batches gives BatchNorm (*vision-resnet*) other
        statistics than the batch's; SmartOps keeps such a batch whole while it fits.""";
  }
}
