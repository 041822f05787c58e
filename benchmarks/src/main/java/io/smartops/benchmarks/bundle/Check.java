package io.smartops.benchmarks.bundle;

import java.time.Duration;
import java.util.Set;

/** One question to the host. It runs alone in a process that may crash or hang. */
interface Check {

  /** Name on the command line and in the table. */
  String name();

  /** What it asks, in one line. */
  String question();

  /** When its process is killed. */
  Duration timeout();

  /** What it needs of the host besides a driver. */
  default Set<Need> needs() {
    return Set.of();
  }

  /**
   * Asks.
   *
   * @param stages told what comes next, so that a crash can be placed
   * @throws Exception for whatever goes wrong; the check counts as failed
   */
  Finding run(Stages stages) throws Exception;
}
