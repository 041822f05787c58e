package io.smartops.benchmarks.bundle;

/** What must be there before a check's process is started. */
enum Need {
  /** A libtorch on the host. */
  LIBTORCH,
  /** A libtorch that {@link JniProbe} has passed. */
  FITTING_LIBTORCH
}
