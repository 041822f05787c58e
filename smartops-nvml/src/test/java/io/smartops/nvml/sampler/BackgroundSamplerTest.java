package io.smartops.nvml.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.smartops.nvml.Nvml;
import io.smartops.nvml.NvmlOptions;
import io.smartops.nvml.StubLibrary;
import io.smartops.nvml.driver.MemoryProbe;
import io.smartops.nvml.fake.FakeClock;
import io.smartops.nvml.fake.FakeNvml;
import io.smartops.nvml.jna.StubControl;
import io.smartops.nvml.reading.MemoryInfo;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The sampler's threads: who may hold up whom, and what readers pay. */
@Timeout(60)
class BackgroundSamplerTest {
  private static final Duration MILLISECOND = Duration.ofMillis(1);
  private static final Cadence QUICK = new Cadence(MILLISECOND, MILLISECOND, MILLISECOND);
  private static final Duration SHORT = Duration.ofMillis(200);

  private final FakeNvml fake = FakeNvml.of(new FakeClock(), "H100");

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      Thread.onSpinWait();
    }
  }

  private static NvmlStatus memory(GpuSampler sampler) {
    return sampler.latest().devices().get(0).fast().memory().status();
  }

  @Test
  void samplesUntilClosed() throws InterruptedException {
    CountDownLatch three = new CountDownLatch(3);
    try (Nvml nvml = fake.open()) {
      GpuSampler sampler = GpuSampler.start(nvml, QUICK, 10);
      assertThat(sampler.latest().sequence()).isPositive();
      sampler.subscribe(snapshot -> three.countDown());
      three.await();
      sampler.close();
      GpuSnapshot last = sampler.latest();
      // The driver's thread takes one task after the other: nothing of the sampler's is left.
      nvml.batch("nothing", () -> true);
      assertThat(sampler.latest()).isSameAs(last);
    }
  }

  @Test
  void aWedgedDriverIsPublishedThoughNobodyAsks() throws InterruptedException {
    NvmlOptions options = NvmlOptions.defaults().withCallTimeout(SHORT);
    BlockingQueue<NvmlStatus> told = new ArrayBlockingQueue<>(1000);
    CountDownLatch latch = new CountDownLatch(1);
    try (Nvml nvml = Nvml.tryOpen(fake, options).orElseThrow();
        GpuSampler sampler = GpuSampler.start(nvml, QUICK, 10)) {
      await(() -> sampler.latest().status() == NvmlStatus.SUCCESS);
      sampler.subscribe(snapshot -> told.offer(snapshot.status()));
      fake.gpu(0).hang("nvmlDeviceGetMemoryInfo", latch);
      await(() -> sampler.latest().status() == NvmlStatus.TIMEOUT);
      assertThat(memory(sampler)).isEqualTo(NvmlStatus.TIMEOUT);
      NvmlStatus status = told.take();
      while (status != NvmlStatus.TIMEOUT) {
        status = told.take();
      }
      latch.countDown();
      await(() -> sampler.latest().status() == NvmlStatus.SUCCESS);
      assertThat(memory(sampler)).isEqualTo(NvmlStatus.SUCCESS);
    }
  }

  @Test
  void aWedgedDriverDoesNotHoldUpClosing() {
    NvmlOptions options = NvmlOptions.defaults().withCallTimeout(SHORT);
    CountDownLatch never = new CountDownLatch(1);
    try (Nvml nvml = Nvml.tryOpen(fake, options).orElseThrow()) {
      GpuSampler sampler = GpuSampler.start(nvml, QUICK, 10);
      fake.gpu(0).hang("nvmlDeviceGetUtilizationRates", never);
      await(nvml::isWedged);
      sampler.close();
      assertThat(nvml.isWedged()).isTrue();
    } finally {
      never.countDown();
    }
  }

  @Test
  void aWedgedLibraryIsAStatusInTheSnapshot() {
    Path library = StubLibrary.build("STUB_HANG", "STUB_HANG_SAMPLER");
    NvmlOptions options = NvmlOptions.defaults().withLibrary(library).withCallTimeout(SHORT);
    try (Nvml nvml = Nvml.tryOpen(options).orElseThrow();
        GpuSampler sampler = GpuSampler.start(nvml, QUICK, 10)) {
      assertThat(sampler.latest().status()).isEqualTo(NvmlStatus.TIMEOUT);
      new StubControl(library.toString()).release();
      await(() -> sampler.latest().status() == NvmlStatus.SUCCESS);
      assertThat(memory(sampler)).isEqualTo(NvmlStatus.SUCCESS);
    }
  }

  @Test
  void aSlowSubscriberHoldsUpNobody() throws InterruptedException {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    AtomicReference<GpuSnapshot> told = new AtomicReference<>(GpuSnapshot.NONE);
    try (Nvml nvml = fake.open();
        GpuSampler sampler = GpuSampler.start(nvml, QUICK, 10)) {
      sampler.subscribe(
          snapshot -> {
            entered.countDown();
            awaitQuietly(leave);
            told.set(snapshot);
          });
      entered.await();
      long then = sampler.latest().sequence();
      await(() -> sampler.latest().sequence() > then + 3);
      assertThat(nvml.deviceCount()).isEqualTo(Reading.of(1));
      leave.countDown();
      // It goes on with what is newest now; what passed meanwhile does not pile up.
      await(() -> told.get().sequence() > then + 3);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void nothingThrowsOutOfTheSampler() {
    AtomicReference<Error> fault = new AtomicReference<>();
    LongSupplier clock =
        () -> {
          if (fault.get() != null) {
            throw fault.get();
          }
          return System.nanoTime();
        };
    try (Nvml nvml = FakeNvml.of(clock, "T4").open();
        GpuSampler sampler = GpuSampler.start(nvml, QUICK, 10)) {
      fault.set(new LinkageError("a broken driver, on purpose"));
      await(() -> sampler.latest().status() == NvmlStatus.UNKNOWN);
      assertThat(sampler.sampleNow().status()).isEqualTo(NvmlStatus.UNKNOWN);
      fault.set(null);
      await(() -> sampler.latest().status() == NvmlStatus.SUCCESS);
    }
  }

  @Test
  void theLastSnapshotIsReadWithoutLockOrAllocation() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (Nvml nvml = fake.open();
        GpuSampler sampler = GpuSampler.start(nvml, QUICK, 10)) {
      long first = sampler.latest().sequence();
      read(sampler);
      long waits = waits(threads);
      long allocated = threads.getCurrentThreadAllocatedBytes();
      long sum = 0;
      do {
        sum += read(sampler);
      } while (sampler.latest().sequence() < first + 100);
      allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
      assertThat(sum).isPositive();
      assertThat(allocated).isZero();
      assertThat(waits(threads)).isEqualTo(waits);
    }
  }

  private static long read(GpuSampler sampler) {
    return sampler.latest().devices().get(0).fast().memory() instanceof Reading.Value<MemoryInfo> v
        ? v.value().totalBytes()
        : 0;
  }

  private static long waits(ThreadMXBean threads) {
    ThreadInfo self = threads.getThreadInfo(Thread.currentThread().getId());
    return self.getBlockedCount() + self.getWaitedCount();
  }

  @Test
  void theMemoryProbeAllocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (Nvml nvml = Nvml.tryOpen(StubLibrary.options("")).orElseThrow()) {
      MemoryProbe probe = nvml.device(0).orElseThrow().openMemoryProbe().orElseThrow();
      long sum = read(probe);
      long allocated = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 1000; i++) {
        sum += read(probe);
      }
      allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
      assertThat(sum).isEqualTo(1001L * 2 * 85520809984L);
      assertThat(allocated).isZero();
    }
  }

  private static long read(MemoryProbe probe) {
    return probe.read() == NvmlStatus.SUCCESS
        ? probe.totalBytes() + probe.usedBytes() + probe.freeBytes() + probe.reservedBytes()
        : 0;
  }

  @Test
  void twoSamplersShareTheDriversThread() throws InterruptedException {
    CountDownLatch first = new CountDownLatch(3);
    CountDownLatch second = new CountDownLatch(3);
    try (Nvml nvml = fake.open();
        GpuSampler one = GpuSampler.start(nvml, QUICK, 1);
        GpuSampler two = GpuSampler.start(nvml, QUICK, 1)) {
      one.subscribe(snapshot -> first.countDown());
      two.subscribe(snapshot -> second.countDown());
      first.await();
      second.await();
      assertThat(nvml.isWedged()).isFalse();
    }
  }
}
