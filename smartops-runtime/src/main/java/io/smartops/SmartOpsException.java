package io.smartops;

/**
 * The runtime cannot go on with what it was asked to do. The message says what happened, with the
 * figure that shows it, and what the user can do.
 */
public class SmartOpsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An exception without a cause of its own. */
  public SmartOpsException(String message) {
    super(message);
  }

  /** An exception that explains {@code cause}. */
  public SmartOpsException(String message, Throwable cause) {
    super(message, cause);
  }
}
