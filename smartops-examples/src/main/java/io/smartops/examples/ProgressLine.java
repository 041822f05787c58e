package io.smartops.examples;

import java.io.PrintStream;
import java.time.Duration;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine;

/**
 * Where progress is shown: one line that stays current on a terminal, a line now and then elsewhere
 * (a file, a build server). Used by one thread.
 */
interface ProgressLine extends AutoCloseable {

  /** Shows that {@code step} steps are done, with a short message. */
  void update(long step, String message);

  @Override
  void close();

  /** The kind of line that suits {@code out}. */
  static ProgressLine open(long steps, PrintStream out) {
    return isTerminal() ? new Live(steps, out) : new Periodic(steps, out, System::nanoTime);
  }

  /** Whether the process talks to a person. */
  static boolean isTerminal() {
    return CommandLine.Help.Ansi.AUTO.enabled() && !"dumb".equals(System.getenv("TERM"));
  }

  /** One line that is redrawn in place. */
  final class Live implements ProgressLine {
    /** Return to the first column and erase the line: what comes next replaces the progress. */
    static final String ERASE = "\r\u001b[K";

    private static final int REDRAW_MILLIS = 200;

    private final ProgressBar bar;

    Live(long steps, PrintStream out) {
      this.bar =
          new ProgressBarBuilder()
              .setTaskName("")
              .setInitialMax(steps)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(REDRAW_MILLIS)
              .setConsumer(new ConsoleProgressBarConsumer(out))
              .build();
    }

    @Override
    public void update(long step, String message) {
      bar.setExtraMessage(" " + message);
      bar.stepTo(step);
    }

    @Override
    public void close() {
      bar.close();
    }
  }

  /** A line every few seconds. */
  final class Periodic implements ProgressLine {
    private static final Duration PERIOD = Duration.ofSeconds(5);

    private final long steps;
    private final PrintStream out;
    private final LongSupplier nanoTime;
    private long printedNanos;

    Periodic(long steps, PrintStream out, LongSupplier nanoTime) {
      this.steps = steps;
      this.out = out;
      this.nanoTime = nanoTime;
      this.printedNanos = nanoTime.getAsLong();
    }

    @Override
    public void update(long step, String message) {
      long now = nanoTime.getAsLong();
      if (now - printedNanos >= PERIOD.toNanos()) {
        printedNanos = now;
        out.printf("step %d/%d  %s%n", step, steps, message);
      }
    }

    @Override
    public void close() {
      // Nothing is held.
    }
  }
}
