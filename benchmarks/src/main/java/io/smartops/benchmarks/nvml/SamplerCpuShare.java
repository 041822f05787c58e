package io.smartops.benchmarks.nvml;

import io.smartops.nvml.Nvml;
import io.smartops.nvml.NvmlOptions;
import io.smartops.nvml.sampler.Cadence;
import io.smartops.nvml.sampler.GpuSampler;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * What share of one core does the sampler take at its default cadence? At most 0.1 %.
 *
 * <p>CPU time of the two threads, from the JVM, over 20 seconds: once right after the start, when
 * the code is interpreted, then after as many rounds as hours bring. The C stub has two devices and
 * a MIG device. Built as {@link NvmlReadingBenchmark}, then:
 *
 * <pre>
 * java -cp 'benchmarks/target/classes:benchmarks/target/dependency/*' \
 *     io.smartops.benchmarks.nvml.SamplerCpuShare
 * </pre>
 */
public final class SamplerCpuShare {
  private static final int WARM_UP_ROUNDS = 20_000;
  private static final Duration LEAST = Duration.ofMillis(1);
  private static final int SECONDS = 20;
  private static final int ROUNDS = 3;

  private SamplerCpuShare() {}

  /** Prints one line for each round. */
  public static void main(String[] args) throws Exception {
    measureFloor();
    NvmlOptions options = NvmlOptions.defaults().withLibrary(StubDriver.build());
    try (Nvml nvml = Nvml.tryOpen(options).orElseThrow();
        GpuSampler sampler = GpuSampler.start(nvml)) {
      measure("cold, 3 devices", "smartops-nvml");
      warmUp(nvml);
      for (int round = 0; round < ROUNDS; round++) {
        measure("warm, 3 devices", "smartops-nvml");
      }
      System.out.println(sampler.latest().sequence() + " snapshots in all");
    }
  }

  /** What this machine takes for waking two threads as often, to do nothing. */
  private static void measureFloor() throws InterruptedException {
    long nanos = Cadence.DEFAULT.fast().toNanos();
    ScheduledExecutorService timer = Executors.newScheduledThreadPool(1, SamplerCpuShare::floor);
    ExecutorService worker = Executors.newFixedThreadPool(1, SamplerCpuShare::floor);
    var unused =
        timer.scheduleWithFixedDelay(
            () -> CompletableFuture.runAsync(() -> {}, worker).join(),
            nanos,
            nanos,
            TimeUnit.NANOSECONDS);
    pause(SECONDS);
    measure("two threads that do nothing", "floor");
    timer.shutdownNow();
    worker.shutdownNow();
  }

  private static Thread floor(Runnable work) {
    Thread thread = new Thread(work, "floor");
    thread.setDaemon(true);
    return thread;
  }

  /** As many rounds as hours of sampling bring, so that the code is compiled. */
  private static void warmUp(Nvml nvml) {
    Cadence always = new Cadence(LEAST, LEAST, LEAST);
    try (GpuSampler sampler = GpuSampler.manual(nvml, always, 1)) {
      for (int i = 0; i < WARM_UP_ROUNDS; i++) {
        sampler.sampleNow();
      }
    }
  }

  private static void measure(String what, String threads) throws InterruptedException {
    long before = cpuNanos(threads);
    pause(SECONDS);
    double share = (cpuNanos(threads) - before) / (SECONDS * 1e9);
    System.out.printf("%s: %.3f %% of one core%n", what, 100 * share);
  }

  private static void pause(int seconds) throws InterruptedException {
    boolean unused = new CountDownLatch(1).await(seconds, TimeUnit.SECONDS);
  }

  private static long cpuNanos(String names) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
        .filter(thread -> thread != null && thread.getThreadName().startsWith(names))
        .mapToLong(thread -> threads.getThreadCpuTime(thread.getThreadId()))
        .sum();
  }
}
