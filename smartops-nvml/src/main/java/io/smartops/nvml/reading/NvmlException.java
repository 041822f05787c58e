package io.smartops.nvml.reading;

/** Thrown only where the caller asked for a value or nothing; the status stays readable. */
public final class NvmlException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final NvmlStatus status;

  /**
   * An exception with the advice of its status.
   *
   * @param status why there is no value
   * @param subject what was asked
   */
  public NvmlException(NvmlStatus status, String subject) {
    super("NVML: " + subject + ": " + status.advice());
    this.status = status;
  }

  /** Why there is no value. */
  public NvmlStatus status() {
    return status;
  }
}
