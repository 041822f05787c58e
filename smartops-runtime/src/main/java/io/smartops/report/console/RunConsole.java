package io.smartops.report.console;

import io.smartops.SmartOpsListener;
import io.smartops.StepReport;
import io.smartops.report.history.RunHistory;
import java.io.PrintStream;
import java.util.OptionalLong;

/**
 * Shows a run on the console while it lasts, and a table of it at the end. Decisions are log lines
 * of their own ({@code io.smartops}, by slf4j).
 *
 * <p>Not thread-safe: the run's log calls it in order, after the history.
 */
public final class RunConsole implements SmartOpsListener, AutoCloseable {
  private final RunHistory history;
  private final ConsoleMode mode;
  private final ProgressLine line;
  private final StatusText status;
  private final PrintStream out;

  /**
   * A console.
   *
   * @param history the run, which must hear of a step before this object does
   * @param totalSteps steps of the whole run, if known
   */
  public RunConsole(
      RunHistory history, ConsoleMode mode, OptionalLong totalSteps, PrintStream out) {
    this.history = history;
    this.mode = mode;
    this.line = ProgressLine.open(mode, totalSteps, out);
    this.status = new StatusText(totalSteps);
    this.out = out;
  }

  @Override
  public void onStep(StepReport report) {
    if (line.isDue()) {
      history.latest().ifPresent(p -> line.update(p.step(), status.of(p, history)));
    }
  }

  @Override
  public void close() {
    line.close();
    if (mode != ConsoleMode.SILENT) {
      FinalTable.of(history.snapshot()).forEach(out::println);
    }
  }
}
