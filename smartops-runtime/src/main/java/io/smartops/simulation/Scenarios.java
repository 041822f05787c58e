package io.smartops.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Draws scenarios: cards and hosts, models that fit eight times over or not by far, sizes that fill
 * the device early or late, caches that help or do not, data that comes fast or slowly, and every
 * kind of disturbance. Equal seeds give equal scenarios.
 */
public final class Scenarios {
  private static final double MILLISECOND = 1e6;
  private static final long MIB = 1L << 20;

  /** Kernels of a forward and backward pass of an MLP of four layers. */
  private static final double LEAST_KERNELS = 30;

  /** The same of BERT-large: 24 layers of some 100 kernels. */
  private static final double MOST_KERNELS = 2500;

  private final RandomGenerator random;
  private final long seed;
  private final int steps;

  private Scenarios(long seed, int steps) {
    this.seed = seed;
    this.steps = steps;
    random = new SplittableRandom(seed); // java.util.Random begins alike for neighbouring seeds
  }

  /**
   * The scenario of a seed.
   *
   * @param seed which one
   * @param steps logical steps over which neighbours come and go
   */
  public static Scenario of(long seed, int steps) {
    return new Scenarios(seed, steps).draw();
  }

  private Scenario draw() {
    DeviceProfile device =
        random.nextInt(4) == 0 ? pick(DeviceProfile.HOSTS) : pick(DeviceProfile.CARDS);
    Workload work = work(device);
    double compute = computeNanos(device, work);
    return new Scenario(device, work, pipeline(compute), disturbance(device, work), seed);
  }

  private Workload work(DeviceProfile device) {
    int logical = 64 << random.nextInt(6);
    double computeNanos = between(5, 400) * MILLISECOND;
    double flops = computeNanos * Scenario.REACHED_SHARE * device.singleFlops() / 1e9 / logical;
    double model = device.memoryBytes() * uniform(0.02, 0.35);
    double free = device.memoryBytes() - model;
    double fixed = free * uniform(0, 0.08);
    double ratio = between(0.12, 8);
    double perSample = Math.min((free - fixed) * ratio / logical, free / 48);
    double cacheFullAt = logical * between(1.0 / 64, 2);
    return new Workload(
        logical,
        flops,
        uniform(0.5, 0.95),
        (int) between(LEAST_KERNELS, MOST_KERNELS),
        logical * between(1.0 / 256, 1.0 / 8),
        perSample,
        fixed,
        model,
        device.cacheBytes() / cacheFullAt,
        device.isHost() ? uniform(0.05, 0.8) : uniform(0, 0.3),
        random.nextInt(5) < 3 && device.halfFlops() > device.singleFlops());
  }

  private static double computeNanos(DeviceProfile device, Workload work) {
    return 1e9
        * work.flopsPerSample()
        * work.logicalBatch()
        / (Scenario.REACHED_SHARE * device.singleFlops());
  }

  private Pipeline pipeline(double computeNanos) {
    boolean slow = random.nextInt(5) < 2;
    double build = computeNanos * (slow ? between(0.7, 8) : between(0.02, 0.4));
    boolean far = random.nextBoolean();
    return new Pipeline(
        build, uniform(0, 0.25), far ? 0.02 : 0.9, far ? 8 : 32, 8 * MIB, 1024 * MIB);
  }

  private Disturbance disturbance(DeviceProfile device, Workload work) {
    boolean heats = random.nextInt(10) < 3;
    boolean lies = random.nextInt(10) < 3;
    return new Disturbance(
        uniform(0.003, 0.03),
        random.nextBoolean() ? 0 : 0.005,
        uniform(0, 0.15),
        between(200, 1500),
        heats ? (long) uniform(50, steps / 2.0) : Long.MAX_VALUE,
        heats ? uniform(1.1, 1.5) : 1,
        uniform(0, 0.2),
        lies ? uniform(0, 0.05) : 0,
        lies ? uniform(0, 0.05) : 0,
        random.nextInt(10) == 0 ? 0.002 : 0,
        neighbours(device.memoryBytes() - work.modelBytes()));
  }

  private List<Neighbour> neighbours(double freeBytes) {
    List<Neighbour> neighbours = new ArrayList<>();
    long from = steps / 8;
    for (int n = random.nextBoolean() ? 0 : 1 + random.nextInt(2); n > 0; n--) {
      from += 1 + random.nextInt(steps / 4);
      long to = from + 30 + random.nextInt(steps / 4);
      neighbours.add(new Neighbour(from, to, freeBytes * uniform(0.05, 0.5), uniform(1, 1.5)));
      from = to + 30;
    }
    return neighbours;
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private double uniform(double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  /** Uniform in the logarithm. */
  private double between(double low, double high) {
    return low * Math.pow(high / low, random.nextDouble());
  }
}
