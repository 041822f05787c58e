package io.smartops.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** The command line: what it refuses, and how. */
class TrainingCommandTest {
  private final StringWriter printed = new StringWriter();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--epochs=0 | --epochs must be at least 1, but is 0",
        "--batch-size=-3 | --batch-size must be at least 1, but is -3",
        "--micro-batch=0 | --micro-batch must be at least 1, but is 0",
        "--epochs=many | Invalid value for option '--epochs': 'many' is not an int",
        "--memory-limit=much | 'much' is not a size: write for example 512m or 1.5g",
        "--memory-limit=0 | --memory-limit must be at least 1, but is 0",
        "--plain --micro-batch=4 | --plain runs DJL alone",
        "--plain --report=r.html | --plain runs DJL alone",
        "--plain --memory-limit=1g | --plain runs DJL alone",
        "--plain --precision=bf16 | --plain runs DJL alone",
        "--precision=fp8 | Invalid value for option '--precision'",
        "--fast | Unknown option: '--fast'"
      })
  void wrongOptionsEndWithCodeTwoAndAReason(String options, String reason) {
    List<String> arguments = new ArrayList<>(List.of("mnist"));
    arguments.addAll(List.of(options.split(" ")));

    assertThat(execute(arguments.toArray(new String[0]))).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(printed.toString()).contains(reason);
  }

  @Test
  void missingDataEndsWithCodeOneAndOneLine(@TempDir Path empty) {
    assertThat(execute("mnist", "--data", empty.toString()))
        .isEqualTo(CommandLine.ExitCode.SOFTWARE);
    assertThat(printed.toString().lines())
        .singleElement()
        .asString()
        .startsWith(empty + " holds neither train-images-idx3-ubyte nor");
  }

  @Test
  void anUnknownExampleIsNamed() {
    assertThat(execute("physics")).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(printed.toString()).contains("physics");
  }

  @Test
  void noExampleAtAllEndsWithTheList() {
    assertThat(execute()).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(printed.toString()).contains("Missing required subcommand", "contrastive");
  }

  @Test
  void theListNamesEveryExample() {
    assertThat(execute("--help")).isEqualTo(CommandLine.ExitCode.OK);
    assertThat(printed.toString()).contains(workloads());
  }

  @ParameterizedTest
  @MethodSource("workloads")
  void helpNamesEveryOptionAndItsDefault(String workload) {
    assertThat(execute(workload, "--help")).isEqualTo(CommandLine.ExitCode.OK);
    assertThat(printed.toString())
        .contains("--epochs=N", "--batch-size=N", "(default: ", "--memory-limit=SIZE")
        .contains("--precision=fp32|bf16|auto", "(default: auto)")
        .contains("--micro-batch=N", "--save=DIR", "--seed=N", "--plain");
  }

  @Test
  void aWorkloadHasOptionsOfItsOwn() {
    execute("mnist", "--help");
    execute("vision", "--help");

    assertThat(printed.toString()).contains("--data=DIR", "--model=NAME", "CNN, RESNET");
  }

  static List<String> workloads() {
    return Workloads.all().stream().map(Workload::name).toList();
  }

  private int execute(String... arguments) {
    PrintWriter writer = new PrintWriter(printed, true);
    return Examples.commandLine()
        .setOut(writer)
        .setErr(writer)
        .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
        .execute(arguments);
  }
}
