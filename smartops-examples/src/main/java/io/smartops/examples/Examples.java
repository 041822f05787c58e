package io.smartops.examples;

import io.smartops.replay.ReplayCommand;
import io.smartops.report.console.ProgressLine;
import java.io.IOException;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Runs one of the example jobs: its name is the first argument. */
@Command(
    name = "examples",
    mixinStandardHelpOptions = true,
    usageHelpAutoWidth = true,
    synopsisSubcommandLabel = "EXAMPLE",
    commandListHeading = "Examples:%n",
    description = {
      "Trains a model with SmartOps, or with plain DJL. EXAMPLE --help says more.",
      ""
    })
public final class Examples {

  private Examples() {}

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
    CommandLine all = new CommandLine(new Examples());
    Workloads.all()
        .forEach(workload -> all.addSubcommand(workload.name(), TrainingCommand.of(workload)));
    all.addSubcommand("replay", new ReplayCommand());
    return all.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          if (!(failure instanceof IOException)) {
            throw failure;
          }
          command.getErr().println(command.getColorScheme().errorText(message(failure)));
          return command.getCommandSpec().exitCodeOnExecutionException();
        });
  }

  private static String message(Exception failure) {
    return Optional.ofNullable(failure.getMessage()).orElseGet(failure::toString);
  }
}
