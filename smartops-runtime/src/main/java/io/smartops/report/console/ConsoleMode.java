package io.smartops.report.console;

/** How a run shows itself on the console. */
public enum ConsoleMode {
  /** {@link #LIVE} on a terminal, {@link #PLAIN} elsewhere. */
  AUTO,
  /** One line that is redrawn in place. */
  LIVE,
  /** A line every few seconds. */
  PLAIN,
  /** Nothing. */
  SILENT
}
