package io.smartops.djl;

/** Throws what was caught as {@code Throwable}. */
final class Failures {
  private Failures() {}

  /**
   * {@code failure} itself where it is unchecked; checked ones cannot come from where it is used.
   */
  static RuntimeException unchecked(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException e) {
      return e;
    }
    return new IllegalStateException(failure);
  }
}
