package io.smartops.report.journal;

import java.io.IOException;

/**
 * A file that cannot be read as a journal. The message names the line, if it is one line's fault.
 */
public final class JournalException extends IOException {
  private static final long serialVersionUID = 1;

  /** An exception whose {@code cause} found the fault. */
  public JournalException(String message, Throwable cause) {
    super(message, cause);
  }

  JournalException(String message) {
    super(message);
  }
}
