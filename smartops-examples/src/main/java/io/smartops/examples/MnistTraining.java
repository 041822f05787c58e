package io.smartops.examples;

import io.smartops.PrecisionPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains a small CNN on MNIST digits, in less memory than its batch needs. */
@Command(
    name = "mnist-training",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Trains a small CNN on real MNIST digits, in less memory than its batch needs:",
      "SmartOps splits the batch so that it fits, and the result stays that of the whole batch.",
      ""
    })
public final class MnistTraining implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "passes over the training digits (default: ${DEFAULT-VALUE})")
  private int epochs = 12;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description = "logical batch: samples in one optimizer step (default: ${DEFAULT-VALUE})")
  private int batchSize = 512;

  @Option(
      names = "--memory-limit",
      paramLabel = "SIZE",
      converter = ByteSize.Converter.class,
      defaultValue = "448m",
      description = "memory that the process may hold (default: ${DEFAULT-VALUE})")
  private ByteSize memoryLimit = new ByteSize(0);

  @Option(
      names = "--micro-batch",
      paramLabel = "N",
      description = "fixed micro-batch (default: chosen and adapted at run time)")
  private @Nullable Integer microBatch;

  @Option(
      names = "--precision",
      paramLabel = "fp32|bf16|auto",
      defaultValue = "fp32",
      description =
          "arithmetic of the model: float32, bfloat16, or whichever is shown to be as good and"
              + " faster (default: ${DEFAULT-VALUE})")
  private PrecisionPolicy precision = PrecisionPolicy.FP32;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "folder with the four official MNIST files (default: 10,000 bundled digits)")
  private @Nullable Path data;

  @Option(
      names = "--save",
      paramLabel = "DIR",
      description = "folder for the trained model (default: ${DEFAULT-VALUE})")
  private Path saveTo = Path.of("target", "mnist-model");

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "seed of parameters and order (default: ${DEFAULT-VALUE})")
  private int seed = 1;

  @Option(
      names = "--plain",
      description = "run the same job on DJL alone, to compare; no limit is kept")
  private boolean plain;

  private MnistTraining() {}

  /** Runs the job and ends the process: 0 success, 1 failure, 2 wrong options. */
  public static void main(String[] args) {
    // DJL asks a cloud service for the machine's identity unless told not to.
    System.setProperty("ai.djl.offline", "true");
    if (ProgressLine.isTerminal()) {
      // Read by logback.xml: a log line replaces the progress line, which is then drawn anew.
      System.setProperty("line.start", ProgressLine.Live.ERASE);
    }
    System.exit(commandLine().execute(args));
  }

  /** The command, ready to execute. */
  static CommandLine commandLine() {
    return new CommandLine(new MnistTraining())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              if (!(failure instanceof IOException)) {
                throw failure;
              }
              command.getErr().println(command.getColorScheme().errorText(message(failure)));
              return command.getCommandSpec().exitCodeOnExecutionException();
            });
  }

  @Override
  public Integer call() throws Exception {
    MnistOptions options = options();
    new MnistJob(options, System.out).run();
    return CommandLine.ExitCode.OK;
  }

  private MnistOptions options() {
    atLeastOne("--epochs", epochs);
    atLeastOne("--batch-size", batchSize);
    atLeastOne("--memory-limit", memoryLimit.bytes());
    if (microBatch != null) {
      atLeastOne("--micro-batch", microBatch);
    }
    if (plain && (microBatch != null || isGiven("--memory-limit") || isGiven("--precision"))) {
      throw wrong(
          "--plain runs DJL alone, which knows no --micro-batch, --memory-limit or --precision");
    }
    return new MnistOptions(
        epochs,
        batchSize,
        memoryLimit,
        microBatch == null ? OptionalInt.empty() : OptionalInt.of(microBatch),
        precision,
        Optional.ofNullable(data),
        saveTo,
        seed,
        plain);
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

  private static String message(Exception failure) {
    return Optional.ofNullable(failure.getMessage()).orElseGet(failure::toString);
  }
}
