package io.smartops.benchmarks.bundle;

/** How a check ended. */
enum Verdict {
  /** It ran, and what it asserts holds. */
  PASSED(false),
  /** It ran, and what it asserts does not hold. */
  FAILED(true),
  /** The host lacks what it needs; its summary says what. */
  CANNOT_RUN(false),
  /** Its process died without a result. */
  CRASHED(true),
  /** Its process was killed at the time limit. */
  TIMED_OUT(true);

  private final boolean bad;

  Verdict(boolean bad) {
    this.bad = bad;
  }

  /** Whether it speaks against the software or the host. */
  boolean isBad() {
    return bad;
  }
}
