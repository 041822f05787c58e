package io.smartops.benchmarks.nvml;

import io.smartops.nvml.Nvml;
import io.smartops.nvml.NvmlOptions;
import io.smartops.nvml.sampler.GpuSampler;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What share of one core does the sampler take at its default cadence? At most 0.1 %.
 *
 * <p>CPU time of the two threads, from the JVM, over 20 seconds after 60 seconds of warm-up, with
 * the two devices and the MIG device of the C stub. Built as {@link NvmlReadingBenchmark}, then:
 *
 * <pre>
 * java -cp 'benchmarks/target/classes:benchmarks/target/dependency/*' \
 *     io.smartops.benchmarks.nvml.SamplerCpuShare
 * </pre>
 */
public final class SamplerCpuShare {
  private static final int WARM_UP_SECONDS = 60;
  private static final int SECONDS = 20;
  private static final int ROUNDS = 3;

  private SamplerCpuShare() {}

  /** Prints one line for each round. */
  public static void main(String[] args) throws Exception {
    NvmlOptions options = NvmlOptions.defaults().withLibrary(StubDriver.build());
    try (Nvml nvml = Nvml.tryOpen(options).orElseThrow();
        GpuSampler sampler = GpuSampler.start(nvml)) {
      pause(WARM_UP_SECONDS);
      for (int round = 0; round < ROUNDS; round++) {
        long first = sampler.latest().sequence();
        long before = cpuNanos();
        pause(SECONDS);
        double share = (cpuNanos() - before) / (SECONDS * 1e9);
        System.out.printf(
            "%d snapshots of %d devices in %d s: %.3f %% of one core%n",
            sampler.latest().sequence() - first,
            sampler.latest().devices().size(),
            SECONDS,
            100 * share);
      }
    }
  }

  private static void pause(int seconds) throws InterruptedException {
    boolean unused = new CountDownLatch(1).await(seconds, TimeUnit.SECONDS);
  }

  private static long cpuNanos() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
        .filter(thread -> thread != null && thread.getThreadName().startsWith("smartops-nvml"))
        .mapToLong(thread -> threads.getThreadCpuTime(thread.getThreadId()))
        .sum();
  }
}
