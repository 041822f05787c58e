package io.smartops.examples;

import io.smartops.PrecisionPolicy;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains one workload: the options that all share, besides those of the workload. */
@Command(mixinStandardHelpOptions = true, sortOptions = false, usageHelpAutoWidth = true)
final class TrainingCommand implements Callable<Integer> {
  private final Workload workload;
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "passes over the training data (default: ${DEFAULT-VALUE})")
  private int epochs;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description = "logical batch: samples in one optimizer step (default: ${DEFAULT-VALUE})")
  private int batchSize;

  @Option(
      names = "--samples",
      paramLabel = "N",
      description = "train and test on the first N samples only (default: all)")
  private @Nullable Integer samples;

  @Option(
      names = "--memory-limit",
      paramLabel = "SIZE",
      converter = ByteSize.Converter.class,
      description =
          "memory that the process may hold (default: mnist 448m, others 90 %% of the machine's)")
  private @Nullable ByteSize memoryLimit;

  @Option(
      names = "--micro-batch",
      paramLabel = "N",
      description = "fixed micro-batch (default: chosen and adapted at run time)")
  private @Nullable Integer microBatch;

  @Option(
      names = "--precision",
      paramLabel = "fp32|bf16|auto",
      description =
          "arithmetic of the model: float32, bfloat16, or whichever is shown to be as good and"
              + " faster; only fp32 gives plain DJL's results (default: auto)")
  private PrecisionPolicy precision = PrecisionPolicy.AUTO;

  @Option(
      names = "--save",
      paramLabel = "DIR",
      description = "folder for the trained model (default: ${DEFAULT-VALUE})")
  private Path saveTo;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "seed of parameters and order (default: ${DEFAULT-VALUE})")
  private int seed = 1;

  @Option(
      names = "--plain",
      description = "run the same job on DJL alone, to compare; no limit is kept")
  private boolean plain;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "write an HTML report of the run (default: none)")
  private @Nullable Path report;

  @Option(
      names = "--plots",
      paramLabel = "DIR",
      description = "write plots of the run, as PNG and SVG (default: none)")
  private @Nullable Path plots;

  @Option(
      names = "--dashboard",
      paramLabel = "PORT",
      description = "serve a live page on this machine; 0 takes any port (default: none)")
  private @Nullable Integer dashboardPort;

  @Option(names = "--quiet", description = "show neither progress nor a table at the end")
  private boolean quiet;

  private TrainingCommand(Workload workload) {
    this.workload = workload;
    this.epochs = workload.plan().epochs();
    this.batchSize = workload.plan().batchSize();
    OptionalLong limit = workload.plan().memoryLimitBytes();
    this.memoryLimit = limit.isPresent() ? new ByteSize(limit.getAsLong()) : null;
    this.saveTo = Path.of("target", workload.name() + "-model");
  }

  /** The command for a workload, with its own options, if it has any. */
  static CommandLine of(Workload workload) {
    CommandSpec spec = CommandSpec.forAnnotatedObject(new TrainingCommand(workload));
    spec.addMixin("workload", CommandSpec.forAnnotatedObject(workload)).name(workload.name());
    return new CommandLine(spec).setCaseInsensitiveEnumValuesAllowed(true);
  }

  @Override
  public Integer call() throws Exception {
    new TrainingJob(workload, options(), System.out).run();
    return CommandLine.ExitCode.OK;
  }

  private JobOptions options() {
    atLeastOne("--epochs", epochs);
    atLeastOne("--batch-size", batchSize);
    OptionalInt givenSamples = given("--samples", samples);
    OptionalInt givenMicroBatch = given("--micro-batch", microBatch);
    if (memoryLimit != null) {
      atLeastOne("--memory-limit", memoryLimit.bytes());
    }
    if (plain && (microBatch != null || isGiven("--memory-limit") || isGiven("--precision"))) {
      throw wrong(
          "--plain runs DJL alone, which knows no --micro-batch, --memory-limit or --precision");
    }
    return new JobOptions(
        epochs,
        batchSize,
        givenSamples,
        Optional.ofNullable(memoryLimit),
        givenMicroBatch,
        precision,
        saveTo,
        seed,
        plain,
        watch());
  }

  private JobOptions.Watch watch() {
    if (plain && (report != null || plots != null || dashboardPort != null)) {
      throw wrong("--plain runs DJL alone, which knows no --report, --plots and --dashboard");
    }
    return new JobOptions.Watch(
        Optional.ofNullable(report),
        Optional.ofNullable(plots),
        dashboardPort == null ? OptionalInt.empty() : OptionalInt.of(dashboardPort),
        quiet);
  }

  private OptionalInt given(String option, @Nullable Integer value) {
    if (value == null) {
      return OptionalInt.empty();
    }
    atLeastOne(option, value);
    return OptionalInt.of(value);
  }

  private void atLeastOne(String option, long value) {
    if (value < 1) {
      throw wrong("%s must be at least 1, but is %d".formatted(option, value));
    }
  }

  private boolean isGiven(String option) {
    return command().getParseResult().hasMatchedOption(option);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(command(), message);
  }

  private CommandLine command() {
    return Objects.requireNonNull(spec).commandLine();
  }
}
