package io.smartops.replay;

import io.smartops.report.journal.Entry;
import io.smartops.report.journal.JournalReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Makes a journal's decisions again, and explains them.
 *
 * <p>Exit codes: 0 all decisions came out the same, 1 one did not, 2 the file cannot be read.
 */
@Command(
    name = "smartops-replay",
    mixinStandardHelpOptions = true,
    description = {
      "Tells the controllers what the journal says that they were told, and compares what they"
          + " decide with what the journal says that they decided.",
      "Exit codes: 0 all the same, 1 a difference, 2 the journal cannot be read."
    })
public final class ReplayCommand implements Callable<Integer> {
  private static final int SAME = 0;
  private static final int DIFFERENT = 1;
  private static final int UNREADABLE = 2;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "JOURNAL", description = "The file that optJournal named.")
  private Path journal = Path.of("");

  @Option(
      names = "--explain",
      paramLabel = "STEP",
      description = "Say why the plan of this step was what it was.")
  private @Nullable Long explain;

  /** For picocli. */
  public ReplayCommand() {}

  /** Runs the command and ends the JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new ReplayCommand()).execute(args));
  }

  @Override
  public Integer call() {
    try (JournalReader reader = new JournalReader(journal)) {
      return replay(reader);
    } catch (NoSuchFileException e) {
      return unreadable("there is no file " + journal);
    } catch (IOException e) {
      return unreadable(String.valueOf(e.getMessage()));
    }
  }

  private int replay(JournalReader reader) throws IOException {
    Replay replay = new Replay();
    Optional<Explanation> explanation = Optional.ofNullable(explain).map(Explanation::new);
    for (Optional<Entry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
      replay.accept(reader.line(), entry.get());
      entry.ifPresent(e -> explanation.ifPresent(x -> x.accept(e)));
    }
    PrintWriter out = spec.commandLine().getOut();
    explanation.ifPresent(x -> out.print(x.describe()));
    replay.difference().ifPresent(d -> out.println("The first difference: " + d.describe()));
    if (replay.difference().isEmpty()) {
      out.println(replay.describe() + ", all as the journal says.");
    }
    if (!reader.isComplete()) {
      out.println(
          "The journal ends before its run did%s: what came after it is not known."
              .formatted(reader.isCutOff() ? ", within line " + reader.line() : ""));
    }
    out.flush();
    return replay.difference().isEmpty() ? SAME : DIFFERENT;
  }

  private int unreadable(String why) {
    PrintWriter err = spec.commandLine().getErr();
    err.println("smartops-replay: " + why);
    err.flush();
    return UNREADABLE;
  }
}
