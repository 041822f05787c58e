package io.smartops.control;

/**
 * What the loader's controller may choose. Equal bounds fix a setting.
 *
 * @param minWorkers the least workers
 * @param maxWorkers the most workers
 * @param minDepth the least depth
 * @param maxDepth the most depth
 * @param capBytes the most memory of batches that are built or being built
 * @param cores processor cores of the machine or container
 * @param libtorchThreads threads that a libtorch operation uses on the training thread
 * @param shareCores whether libtorch's threads may be lowered in favour of the workers
 */
public record LoaderLimits(
    int minWorkers,
    int maxWorkers,
    int minDepth,
    int maxDepth,
    long capBytes,
    int cores,
    int libtorchThreads,
    boolean shareCores) {

  public LoaderLimits {
    requireRange("workers", 0, minWorkers, maxWorkers);
    requireRange("depth", 1, minDepth, maxDepth);
    if (capBytes < 1 || cores < 1 || libtorchThreads < 1) {
      throw new IllegalArgumentException(
          "capBytes, cores and libtorchThreads must be at least 1, but are %d, %d and %d"
              .formatted(capBytes, cores, libtorchThreads));
    }
  }

  private static void requireRange(String what, int bound, int min, int max) {
    if (min < bound || max < min) {
      throw new IllegalArgumentException(
          "%s need %d <= min <= max, but are %d to %d".formatted(what, bound, min, max));
    }
  }

  boolean isFixed() {
    return minWorkers == maxWorkers && minDepth == maxDepth;
  }

  int clampWorkers(long workers) {
    return (int) Math.max(minWorkers, Math.min(maxWorkers, workers));
  }

  int clampDepth(long depth) {
    return (int) Math.max(minDepth, Math.min(maxDepth, depth));
  }
}
