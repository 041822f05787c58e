package io.smartops.examples;

import java.util.List;

/** The workloads of this module. */
public final class Workloads {

  private Workloads() {}

  /** All of them, in the order in which they are listed to people. */
  public static List<Workload> all() {
    return List.of(
        new MnistWorkload(),
        new VisionWorkload(),
        new LanguageWorkload(),
        new AudioWorkload(),
        new ContrastiveWorkload(),
        new TabularWorkload());
  }
}
