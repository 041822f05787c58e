package io.smartops.benchmarks.compare;

import io.smartops.examples.Workload;
import io.smartops.examples.Workloads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The process of one trial: runs it and leaves the outcome in a file. */
final class TrialMain {

  private TrialMain() {}

  /** Arguments: file with the trial, file for the outcome. */
  public static void main(String[] arguments) throws Exception {
    Locale.setDefault(Locale.ROOT);
    System.setProperty("ai.djl.offline", "true");
    Trial trial = Trial.fromJson(Files.readString(Path.of(arguments[0])));
    Workload workload = Workloads.named(trial.workload()).orElseThrow();
    Files.writeString(Path.of(arguments[1]), outcome(workload, trial).toJson());
    // Where memory ran out, an orderly end could fail too.
    Runtime.getRuntime().halt(0);
  }

  private static Outcome outcome(Workload workload, Trial trial) {
    try {
      return new TrialRun(workload, trial).run();
    } catch (Exception | OutOfMemoryError e) {
      e.printStackTrace();
      return Outcome.failed(e.toString().lines().findFirst().orElse("").strip());
    }
  }
}
