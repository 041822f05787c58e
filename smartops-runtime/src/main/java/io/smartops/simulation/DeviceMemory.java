package io.smartops.simulation;

/** What a user can measure about memory before a run. */
public final class DeviceMemory {

  private DeviceMemory() {}

  /** The largest micro-batch that takes at most a share of the memory that is free at first. */
  public static int largest(Scenario scenario, Arithmetic arithmetic, double share) {
    int size = scenario.work().logicalBatch();
    while (size > 1 && !fits(scenario, size, arithmetic, share)) {
      size--;
    }
    return size;
  }

  /** The same among the whole batch, its half, its quarter and so on. */
  public static int largestHalving(Scenario scenario, Arithmetic arithmetic, double share) {
    int size = scenario.work().logicalBatch();
    while (size > 1 && !fits(scenario, size, arithmetic, share)) {
      size /= 2;
    }
    return size;
  }

  private static boolean fits(Scenario scenario, int size, Arithmetic arithmetic, double share) {
    return scenario.growthBytes(size, arithmetic) <= share * scenario.freeBytes(1);
  }
}
