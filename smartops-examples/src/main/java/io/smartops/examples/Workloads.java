package io.smartops.examples;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

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

  /** The workload of a name, {@code vision-resnet} among them. */
  public static Optional<Workload> named(String name) {
    Workload resnet = new VisionWorkload(VisionWorkload.Architecture.RESNET);
    return Stream.concat(all().stream(), Stream.of(resnet))
        .filter(workload -> workload.name().equals(name))
        .findFirst();
  }
}
