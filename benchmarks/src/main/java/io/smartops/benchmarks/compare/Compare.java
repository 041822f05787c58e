package io.smartops.benchmarks.compare;

import io.smartops.benchmarks.compare.CellResult.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Is a job faster with SmartOps than without, and how close does it come to the best that a search
 * over static settings finds?
 *
 * <pre>
 * ./mvnw -q -B -ntp process-classes -pl benchmarks -am -Pcompare -Dcompare.args=--quick
 * ./mvnw -q -B -ntp process-classes -pl benchmarks -am -Pcompare
 * </pre>
 */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Runs plain DJL, SmartOps and static settings on the examples' workloads, under several",
      "conditions, each run in a JVM of its own; writes a table, plots and all figures.",
      ""
    })
public final class Compare implements Callable<Integer> {
  private static final String PLOTS = "benchmarks";

  @Option(names = "--quick", description = "some five minutes instead of two to three hours")
  private boolean quick;

  @Option(
      names = "--workloads",
      paramLabel = "NAME",
      split = ",",
      description = "only these workloads (default: all, or two with --quick)")
  private List<String> workloads = List.of();

  @Option(
      names = "--conditions",
      paramLabel = "NAME",
      split = ",",
      description = "only these conditions: ${COMPLETION-CANDIDATES}")
  private List<Condition> conditions = List.of();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "rounds in which all contenders meet (default: 3, or 1 with --quick)")
  private int rounds;

  @Option(
      names = "--keep",
      description = "keep the rows of an earlier comparison that this one does not measure")
  private boolean keep;

  @Option(
      names = "--docs",
      paramLabel = "DIR",
      description = "folder for benchmarks.md, its figures and plots (default: ${DEFAULT-VALUE})")
  private Path docs = Path.of("..", "docs");

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description = "folder for the runs' files (default: ${DEFAULT-VALUE})")
  private Path work = Path.of("target", "compare");

  private Compare() {}

  /** Runs the comparison and ends the process. */
  public static void main(String[] arguments) {
    Locale.setDefault(Locale.ROOT);
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("java.awt.headless", "true");
    System.exit(commandLine().execute(arguments));
  }

  /** The command, ready to execute. */
  static CommandLine commandLine() {
    return new CommandLine(new Compare()).setCaseInsensitiveEnumValuesAllowed(true);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Scope scope = (quick ? Scope.quick() : Scope.full()).with(workloads, conditions, rounds);
    List<Cell> cells = scope.cells();
    Comparison comparison = earlier(Machine.here());
    List<CellResult> kept = comparison.cells();
    int runs = cells.stream().mapToInt(cell -> scope.trials(cell, kept)).sum();
    try (Countdown countdown = new Countdown(runs)) {
      Trials trials = new CountedTrials(new TrialProcess(work), countdown);
      for (Cell cell : cells) {
        countdown.begin(cell);
        List<Entry> swept = swept(scope, cell, comparison.cells());
        comparison = comparison.with(new CellRun(cell, scope, trials, swept).run(), command());
        write(comparison); // after each, so that a run that is broken off leaves what it has
      }
    }
    System.out.println("written: " + docs.resolve("benchmarks.md"));
    return CommandLine.ExitCode.OK;
  }

  /** What is kept, which must be of this machine. */
  private Comparison earlier(Machine machine) throws IOException {
    Path figures = figures();
    if (!keep || !Files.exists(figures)) {
      return Comparison.on(machine);
    }
    Comparison kept = Comparison.fromJson(Files.readString(figures));
    if (!machine.isLike(kept.machine())) {
      throw new IllegalArgumentException(
          "%s was measured on another machine (%s): leave out --keep to measure all anew"
              .formatted(figures, kept.machine()));
    }
    return new Comparison(machine, kept.commands(), kept.cells());
  }

  private Path figures() {
    return docs.resolve(PLOTS).resolve("comparison.json");
  }

  private static List<Entry> swept(Scope scope, Cell cell, List<CellResult> results) {
    return scope.sweptUnder(cell).stream()
        .flatMap(swept -> results.stream().filter(result -> result.isOf(swept)))
        .findFirst()
        .map(CellResult::sweep)
        .orElse(List.of());
  }

  private void write(Comparison comparison) throws IOException {
    Files.createDirectories(docs.resolve(PLOTS));
    Files.writeString(figures(), comparison.toJson() + "\n");
    List<String> plots =
        new RatePlots(docs.resolve(PLOTS))
            .write(comparison.cells()).stream().map(name -> PLOTS + "/" + name).toList();
    Files.writeString(docs.resolve("benchmarks.md"), new MarkdownReport(comparison, plots).text());
  }

  private String command() {
    List<String> options = new ArrayList<>();
    if (quick) {
      options.add("--quick");
    }
    if (!workloads.isEmpty()) {
      options.add("--workloads=" + String.join(",", workloads));
    }
    if (!conditions.isEmpty()) {
      options.add("--conditions=" + String.join(",", conditions.stream().map(Enum::name).toList()));
    }
    if (rounds > 0) {
      options.add("--rounds=" + rounds);
    }
    if (keep) {
      options.add("--keep");
    }
    String arguments =
        options.isEmpty() ? "" : " -Dcompare.args=\"%s\"".formatted(String.join(" ", options));
    return "./mvnw -q -B -ntp process-classes -pl benchmarks -am -Pcompare" + arguments;
  }
}
