package io.smartops.benchmarks.bundle;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Runs the checks one after the other, prints a table last and writes {@code results.json}.
 *
 * <p>Exit codes: 0 some check passed and none went wrong, 1 a check failed, crashed or hung, 2 bad
 * arguments or an unwritable folder, 3 no check could run on this host.
 */
@Command(
    name = "run.sh",
    mixinStandardHelpOptions = true,
    exitCodeOnExecutionException = CommandLine.ExitCode.USAGE,
    description = "Checks SmartOps on this host's GPU, driver and libtorch.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:some check passed and none went wrong",
      "1:a check failed, crashed or hung",
      "2:bad arguments, or the folder for the results cannot be written",
      "3:no check could run on this host"
    })
final class RunChecks implements Callable<Integer> {
  static final int NONE_RAN = 3;

  /** The release that DJL's native part was built for; naming it keeps DJL from a download. */
  private static final String JNI_LIBTORCH_VERSION = "2.7.1";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--list", description = "List the checks and end.")
  private boolean list;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "NAME",
      description = "Run these checks only.")
  private List<String> only = List.of();

  @Option(
      names = "--out",
      defaultValue = "smartops-results",
      paramLabel = "FOLDER",
      description = "Folder for results.json and the logs (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("smartops-results");

  @Option(
      names = "--libtorch",
      paramLabel = "FOLDER",
      description =
          "Folder that holds libtorch.so; otherwise PYTORCH_LIBRARY_PATH or Python's torch.")
  private @Nullable Path libtorchFolder;

  @Option(
      names = "--nvml",
      paramLabel = "FILE",
      description = "NVML library to load instead of the driver's.")
  private @Nullable Path nvml;

  /** Runs the command and ends the JVM with its exit code. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new RunChecks()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter terminal = spec.commandLine().getOut();
    if (list) {
      Checks.all().forEach(c -> terminal.printf("%-18s %s%n", c.name(), c.question()));
      return 0;
    }
    Instant started = Instant.now();
    List<Check> chosen = chosen();
    HostLibtorch libtorch =
        LibtorchFinder.find(Optional.ofNullable(libtorchFolder), System.getenv());
    Path folder = folder();
    List<CheckResult> results = run(chosen, libtorch, process(libtorch, folder), terminal);
    Path file = folder.resolve("results.json");
    Files.writeString(file, ResultFile.of(started, libtorch, results));
    terminal.printf("%nLogs and figures: %s%n%n%s", file, ResultTable.of(results));
    terminal.flush();
    return exitCode(results);
  }

  private Path folder() {
    try {
      return Files.createDirectories(out).toRealPath();
    } catch (IOException e) {
      throw new ParameterException(
          spec.commandLine(), "--out: " + out + " cannot be a folder to write to: " + e, e);
    }
  }

  private List<Check> chosen() {
    List<Check> chosen = new ArrayList<>();
    for (String name : only) {
      chosen.add(
          Checks.named(name)
              .orElseThrow(
                  () ->
                      new ParameterException(
                          spec.commandLine(),
                          "--only: no check is named '" + name + "'; --list shows the names")));
    }
    return only.isEmpty() ? Checks.all() : withProbe(chosen);
  }

  /** A check that needs the probe brings it along. */
  private static List<Check> withProbe(List<Check> chosen) {
    boolean needed = chosen.stream().anyMatch(c -> c.needs().contains(Need.FITTING_LIBTORCH));
    return Checks.all().stream()
        .filter(c -> chosen.contains(c) || (needed && c instanceof JniProbe))
        .toList();
  }

  private CheckProcess process(HostLibtorch libtorch, Path folder) throws IOException {
    var properties = new TreeMap<String, String>();
    var environment = new TreeMap<String, String>();
    environment.put("OPT_OUT_TRACKING", "true");
    environment.put("DJL_OFFLINE", "true");
    environment.put("DJL_CACHE_DIR", folder.resolve("djl-cache").toString());
    // TensorFloat-32 rounds differently for each batch size, which would hide what is checked.
    environment.put("NVIDIA_TF32_OVERRIDE", "0");
    if (nvml != null) {
      properties.put(NvmlAccess.LIBRARY_PROPERTY, nvml.toAbsolutePath().toString());
    }
    if (libtorch instanceof HostLibtorch.Found found) {
      Path links = LinkFolder.ofLibtorch(found.folder(), folder.resolve("libtorch"));
      Path runtime = LinkFolder.ofCudaRuntime(found.folder(), folder.resolve("cuda"));
      environment.put(LibtorchFinder.VARIABLE, links.toString());
      environment.put("PYTORCH_VERSION", JNI_LIBTORCH_VERSION);
      environment.put("PYTORCH_FLAVOR", found.flavor());
      properties.put("jna.library.path", runtime.toString());
      properties.put(TrainingHost.CUDA_PROPERTY, String.valueOf(found.cuda()));
    }
    return new CheckProcess(folder, properties, environment);
  }

  private static List<CheckResult> run(
      List<Check> checks, HostLibtorch libtorch, CheckProcess process, PrintWriter terminal) {
    List<CheckResult> results = new ArrayList<>();
    for (Check check : checks) {
      terminal.printf("%s: %s%n", check.name(), check.question());
      terminal.flush();
      results.add(
          obstacle(check, libtorch, results)
              .map(reason -> new CheckResult(check.name(), Finding.cannotRun(reason), 0))
              .orElseGet(() -> process.run(check)));
    }
    return results;
  }

  private static Optional<String> obstacle(
      Check check, HostLibtorch libtorch, List<CheckResult> sofar) {
    if (check.needs().isEmpty()) {
      return Optional.empty();
    }
    if (libtorch instanceof HostLibtorch.Missing missing) {
      return Optional.of(missing.reason());
    }
    boolean fits =
        sofar.stream()
            .anyMatch(
                r -> r.check().equals(JniProbe.NAME) && r.finding().verdict() == Verdict.PASSED);
    return check.needs().contains(Need.FITTING_LIBTORCH) && !fits
        ? Optional.of("needs " + JniProbe.NAME + ", which did not pass")
        : Optional.empty();
  }

  static int exitCode(List<CheckResult> results) {
    if (results.stream().anyMatch(r -> r.finding().verdict().isBad())) {
      return 1;
    }
    boolean passed = results.stream().anyMatch(r -> r.finding().verdict() == Verdict.PASSED);
    return passed ? 0 : NONE_RAN;
  }
}
