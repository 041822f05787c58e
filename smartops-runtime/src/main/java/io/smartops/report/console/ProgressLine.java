package io.smartops.report.console;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/**
 * Where progress is shown: one line that stays current on a terminal, a line now and then elsewhere
 * (a file, a build server). Used by one thread.
 */
public interface ProgressLine extends AutoCloseable {

  /** Whether {@link #update} would show anything now: asked before the message is made. */
  boolean isDue();

  /** Shows that {@code step} steps are done, with a short message. */
  void update(long step, String message);

  @Override
  void close();

  /**
   * The line that {@code mode} asks for.
   *
   * @param steps steps of the whole run, if known
   */
  static ProgressLine open(ConsoleMode mode, OptionalLong steps, PrintStream out) {
    return switch (mode) {
      case AUTO -> open(isTerminal() ? ConsoleMode.LIVE : ConsoleMode.PLAIN, steps, out);
      case LIVE -> new Live(steps, out, System::nanoTime);
      case PLAIN -> new Periodic(steps, out, System::nanoTime);
      case SILENT -> new Silent();
    };
  }

  /** Whether the process talks to a person. */
  static boolean isTerminal() {
    try (Terminal terminal = TerminalBuilder.builder().system(true).dumb(true).build()) {
      return !terminal.getType().startsWith(Terminal.TYPE_DUMB);
    } catch (IOException | RuntimeException none) {
      return false;
    }
  }

  /** One line that is redrawn in place. */
  final class Live implements ProgressLine {
    /** Return to the first column and erase the line: what comes next replaces the progress. */
    public static final String ERASE = "\r\u001b[K";

    private static final Duration PERIOD = Duration.ofMillis(200);

    private final LongSupplier nanoTime;
    private final ProgressBar bar;
    private long shownNanos;

    Live(OptionalLong steps, PrintStream out, LongSupplier nanoTime) {
      this.nanoTime = nanoTime;
      this.shownNanos = nanoTime.getAsLong() - PERIOD.toNanos();
      this.bar =
          new ProgressBarBuilder()
              .setTaskName("")
              .setInitialMax(steps.orElse(-1))
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis((int) PERIOD.toMillis())
              .setConsumer(new ConsoleProgressBarConsumer(out))
              .build();
    }

    @Override
    public boolean isDue() {
      return nanoTime.getAsLong() - shownNanos >= PERIOD.toNanos();
    }

    @Override
    public void update(long step, String message) {
      shownNanos = nanoTime.getAsLong();
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

    private final OptionalLong steps;
    private final PrintStream out;
    private final LongSupplier nanoTime;
    private long printedNanos;

    Periodic(OptionalLong steps, PrintStream out, LongSupplier nanoTime) {
      this.steps = steps;
      this.out = out;
      this.nanoTime = nanoTime;
      this.printedNanos = nanoTime.getAsLong();
    }

    @Override
    public boolean isDue() {
      return nanoTime.getAsLong() - printedNanos >= PERIOD.toNanos();
    }

    @Override
    public void update(long step, String message) {
      if (isDue()) {
        printedNanos = nanoTime.getAsLong();
        String of = steps.isPresent() ? "/" + steps.getAsLong() : "";
        out.printf("step %d%s  %s%n", step, of, message);
      }
    }

    @Override
    public void close() {
      // Nothing is held.
    }
  }

  /** No line at all. */
  final class Silent implements ProgressLine {
    @Override
    public boolean isDue() {
      return false;
    }

    @Override
    public void update(long step, String message) {
      // Nobody wants to see it.
    }

    @Override
    public void close() {
      // Nothing is held.
    }
  }
}
