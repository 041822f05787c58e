package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.replay.ReplayCommand;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** Makes the decisions of a journal again. */
final class JournalReplay {
  private JournalReplay() {}

  /** They come out as the journal says. Gives what the command printed. */
  static String assertSame(Path journal, String... options) {
    List<String> arguments = new ArrayList<>(List.of(journal.toString()));
    arguments.addAll(List.of(options));
    StringWriter out = new StringWriter();
    int exit =
        new CommandLine(new ReplayCommand())
            .setOut(new PrintWriter(out))
            .execute(arguments.toArray(String[]::new));
    assertThat(exit).as("%s", out).isZero();
    return out.toString();
  }
}
