package io.smartops.benchmarks.nvml;

import io.smartops.nvml.Nvml;
import io.smartops.nvml.NvmlOptions;
import io.smartops.nvml.sampler.Cadence;
import io.smartops.nvml.sampler.GpuSampler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * What share of one core does the sampler take at its default cadence? At most 0.1 %.
 *
 * <p>Rounds of equal windows in turn: the JVM with an open driver but no sampler, the same with one
 * thread that wakes as often and does nothing, the same with a sampler. For each, the CPU time of
 * the whole JVM and of the threads in question, by the kernel's own account in nanoseconds (Linux).
 * The C stub has two devices and a MIG device. The code is warmed up by as many rounds as hours of
 * sampling bring; the first window of a fresh JVM is printed apart. Built as {@link
 * NvmlReadingBenchmark}, then:
 *
 * <pre>
 * java -cp 'benchmarks/target/classes:benchmarks/target/dependency/*' \
 *     io.smartops.benchmarks.nvml.SamplerCpuShare
 * </pre>
 */
public final class SamplerCpuShare {
  private static final int WARM_UP_ROUNDS = 20_000;
  private static final Duration LEAST = Duration.ofMillis(1);
  private static final int SECONDS = 12;
  private static final int ROUNDS = 5;
  private static final String SAMPLER_THREADS = "smartops-nvml";
  private static final String WAKING_THREAD = "waking";

  private final Nvml nvml;
  private final Map<String, List<Double>> shares = new LinkedHashMap<>();

  private SamplerCpuShare(Nvml nvml) {
    this.nvml = nvml;
  }

  /** Prints medians and ranges. */
  public static void main(String[] args) throws Exception {
    NvmlOptions options = NvmlOptions.defaults().withLibrary(StubDriver.build());
    try (Nvml nvml = Nvml.tryOpen(options).orElseThrow()) {
      new SamplerCpuShare(nvml).run();
    }
  }

  private void run() throws IOException, InterruptedException {
    measureSampler("sampler, first seconds of the JVM");
    warmUp();
    for (int round = 0; round < ROUNDS; round++) {
      measure("no sampler", SAMPLER_THREADS);
      measureWaking();
      measureSampler("sampler");
    }
    System.out.printf(
        "share of one core in %%, %d-second windows: median (least to most)%n", SECONDS);
    shares.forEach(SamplerCpuShare::print);
  }

  /** What this machine takes for waking one thread as often, to do nothing. */
  private void measureWaking() throws IOException, InterruptedException {
    long nanos = Cadence.DEFAULT.fast().toNanos();
    ScheduledExecutorService timer =
        Executors.newScheduledThreadPool(1, work -> new Thread(work, WAKING_THREAD));
    var unused = timer.scheduleWithFixedDelay(() -> {}, nanos, nanos, TimeUnit.NANOSECONDS);
    measure("thread that does nothing", WAKING_THREAD);
    timer.shutdownNow();
  }

  private void measureSampler(String what) throws IOException, InterruptedException {
    try (GpuSampler sampler = GpuSampler.start(nvml)) {
      long before = sampler.latest().sequence();
      measure(what, SAMPLER_THREADS);
      long taken = sampler.latest().sequence() - before;
      double due = SECONDS / (Cadence.DEFAULT.fast().toNanos() / 1e9);
      if (taken < 0.9 * due) {
        throw new IllegalStateException(taken + " snapshots instead of about " + due);
      }
    }
  }

  /** As many rounds as hours of sampling bring, so that the code is compiled. */
  private void warmUp() {
    Cadence always = new Cadence(LEAST, LEAST, LEAST);
    try (GpuSampler sampler = GpuSampler.manual(nvml, always, 1)) {
      for (int i = 0; i < WARM_UP_ROUNDS; i++) {
        sampler.sampleNow();
      }
    }
  }

  private void measure(String what, String threads) throws IOException, InterruptedException {
    ThreadTimes before = ThreadTimes.now();
    long start = System.nanoTime();
    boolean unused = new CountDownLatch(1).await(SECONDS, TimeUnit.SECONDS);
    ThreadTimes spent = ThreadTimes.now().since(before);
    double percent = 100.0 / (System.nanoTime() - start);
    note(what + ", its threads", percent * spent.nanos(threads));
    note(what + ", whole JVM", percent * spent.nanos(""));
  }

  private void note(String what, double share) {
    shares.computeIfAbsent(what, none -> new ArrayList<>()).add(share);
  }

  private static void print(String what, List<Double> measured) {
    List<Double> sorted = measured.stream().sorted().toList();
    System.out.printf(
        "%-50s %.4f (%.4f to %.4f)%n",
        what, sorted.get(sorted.size() / 2), sorted.get(0), sorted.get(sorted.size() - 1));
  }
}
