package io.smartops.benchmarks.compare;

import java.io.IOException;

/** Runs a trial somewhere. */
interface Trials {
  Outcome run(Trial trial) throws IOException, InterruptedException;
}
