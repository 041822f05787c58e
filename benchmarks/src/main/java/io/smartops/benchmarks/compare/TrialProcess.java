package io.smartops.benchmarks.compare;

import ai.djl.util.Utils;
import io.smartops.benchmarks.Jvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Runs trials, each in a JVM of its own.
 *
 * @param folder for the files that pass between the processes, and their logs
 */
record TrialProcess(Path folder) implements Trials {
  /** Several times what plain DJL takes on a slow machine. */
  private static final Duration TIMEOUT = Duration.ofMinutes(20);

  private static final int EXPECTED_EXIT = 0;

  /** No trial starts from what an earlier one has learnt. */
  private static final String COLD = "-Dsmartops.cache=none";

  @Override
  public Outcome run(Trial trial) throws IOException, InterruptedException {
    return runTogether(List.of(trial)).get(0);
  }

  @Override
  public List<Outcome> runTogether(List<Trial> trials) throws IOException, InterruptedException {
    if (trials.get(0).headroomBytes() == 0) {
      return runTogether(trials, Optional.empty());
    }
    Path engine = Utils.getEngineCacheDir("pytorch");
    if (Files.isDirectory(engine)) { // absent before the first trial of a new machine
      MemoryGroup.readOutside(engine);
    }
    try (MemoryGroup group = MemoryGroup.create()) {
      return runTogether(trials, Optional.of(group));
    }
  }

  private List<Outcome> runTogether(List<Trial> trials, Optional<MemoryGroup> group)
      throws IOException, InterruptedException {
    Files.createDirectories(folder);
    Path result = folder.resolve("outcomes.json");
    Files.deleteIfExists(result);
    Path input = Files.writeString(folder.resolve("trials.json"), Trial.toJson(trials));
    Process process = start(input, result, group);
    Neighbour neighbour = Neighbour.beside(trials.get(0).condition());
    try {
      Optional<String> failure = failure(process, result);
      return failure.isPresent()
          ? Collections.nCopies(trials.size(), Outcome.failed(failure.get()))
          : Outcome.fromJson(Files.readString(result));
    } finally {
      neighbour.stop();
    }
  }

  private static Optional<String> failure(Process process, Path result)
      throws InterruptedException {
    if (!process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      return Optional.of("killed after %d s".formatted(TIMEOUT.toSeconds()));
    }
    if (process.exitValue() != EXPECTED_EXIT || Files.notExists(result)) {
      return Optional.of("exit code " + process.exitValue());
    }
    return Optional.empty();
  }

  private Process start(Path input, Path result, Optional<MemoryGroup> group) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(input.toString(), result.toString()));
    group.ifPresent(each -> arguments.add(each.folder().toString()));
    ProcessBuilder builder =
        Jvm.process(TrialMain.class, options(group.isPresent()), arguments)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log.txt").toFile());
    group.ifPresent(each -> builder.command(inGroup(each, builder.command())));
    return builder.start();
  }

  /** Where memory ends the Java heap has a fixed size, so that it takes nothing from tensors. */
  private static List<String> options(boolean limited) {
    return limited
        ? List.of("-Xms128m", "-Xmx128m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC", COLD)
        : List.of("-Xmx512m", "-XX:+UseSerialGC", COLD);
  }

  /**
   * A shell that joins the group, with all that is allocated from then on, and becomes a command.
   */
  private static List<String> inGroup(MemoryGroup group, List<String> command) {
    List<String> joined = new ArrayList<>(List.of("sh", "-c", "echo $$ > \"$0\" && exec \"$@\""));
    joined.add(group.members().toString());
    joined.addAll(command);
    return joined;
  }
}
