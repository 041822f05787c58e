package io.smartops.benchmarks.compare;

import io.smartops.examples.Workload;
import io.smartops.examples.Workloads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The process of one trial, or of several: runs them and leaves the outcomes in a file. */
final class TrialMain {

  private TrialMain() {}

  /**
   * Arguments: file with the trials, file for their outcomes, folder of its control group if any.
   */
  public static void main(String[] arguments) throws Exception {
    Locale.setDefault(Locale.ROOT);
    System.setProperty("ai.djl.offline", "true");
    Optional<MemoryGroup> group =
        Arrays.stream(arguments).skip(2).map(Path::of).map(MemoryGroup::new).findFirst();
    List<Outcome> outcomes =
        Trial.fromJson(Files.readString(Path.of(arguments[0]))).stream()
            .map(trial -> outcome(trial, group))
            .toList();
    Files.writeString(Path.of(arguments[1]), Outcome.toJson(outcomes));
    // Where memory ran out, an orderly end could fail too.
    Runtime.getRuntime().halt(0);
  }

  private static Outcome outcome(Trial trial, Optional<MemoryGroup> group) {
    try {
      Workload workload = Workloads.named(trial.workload()).orElseThrow();
      return new TrialRun(workload, trial, group).run();
    } catch (Exception | OutOfMemoryError e) {
      e.printStackTrace();
      return Outcome.failed(e.toString().lines().findFirst().orElse("").strip());
    }
  }
}
