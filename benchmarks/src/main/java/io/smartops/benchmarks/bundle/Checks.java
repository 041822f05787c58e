package io.smartops.benchmarks.bundle;

import java.util.List;
import java.util.Optional;

/** All checks, in the order in which they run. */
final class Checks {
  private static final List<Check> ALL =
      List.of(
          new NvmlAgainstSmi(),
          new NvmlCosts(),
          new GpmIdle(),
          new JniProbe(),
          new GpmUnderLoad(),
          new TrainingExactness(),
          new LoaderTransfers(),
          new MixedPrecision(),
          new Throughput(),
          new TorchAmp(),
          new MemoryExhaustion(),
          new NeighbourProcess());

  private Checks() {}

  static List<Check> all() {
    return ALL;
  }

  static Optional<Check> named(String name) {
    return ALL.stream().filter(check -> check.name().equals(name)).findFirst();
  }
}
