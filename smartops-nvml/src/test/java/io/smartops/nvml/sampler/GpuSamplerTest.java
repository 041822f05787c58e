package io.smartops.nvml.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smartops.nvml.Nvml;
import io.smartops.nvml.NvmlOptions;
import io.smartops.nvml.fake.FakeClock;
import io.smartops.nvml.fake.FakeNvml;
import io.smartops.nvml.reading.GpmMetric;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.Utilization;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GpuSamplerTest {
  private final FakeClock clock = new FakeClock();
  private final FakeNvml fake = FakeNvml.of(clock, "H100", "T4");
  private final Nvml nvml = fake.open();
  private final GpuSampler sampler = GpuSampler.manual(nvml, Cadence.DEFAULT, 4);

  @AfterEach
  void close() {
    sampler.close();
    nvml.close();
  }

  private DeviceReadings first() {
    return sampler.latest().devices().get(0);
  }

  private void tick(Duration pause) {
    clock.advance(pause);
    sampler.sampleNow();
  }

  @Test
  void thereIsASnapshotBeforeTheFirst() {
    assertThat(sampler.latest().status()).isEqualTo(NvmlStatus.NOT_READY);
    assertThat(sampler.latest().devices()).isEmpty();
    assertThat(sampler.latest().sequence()).isZero();
  }

  @Test
  void eachTierKeepsItsCadence() {
    fake.gpu(0).process(7, 1 << 30).load(0.25);
    sampler.sampleNow();
    DeviceReadings start = first();
    assertThat(start.fast().utilization()).isEqualTo(Reading.of(new Utilization(25, 13)));
    assertThat(start.rare().processes().orElseThrow()).hasSize(1);

    fake.gpu(0).process(8, 1 << 30).load(0.5);
    tick(Duration.ofMillis(100));
    assertThat(first().fast().utilization()).isEqualTo(Reading.of(new Utilization(50, 25)));
    assertThat(first().slow()).isSameAs(start.slow());
    assertThat(first().rare()).isSameAs(start.rare());

    tick(Duration.ofMillis(900));
    assertThat(first().slow()).isNotSameAs(start.slow());
    assertThat(first().rare()).isSameAs(start.rare());

    tick(Duration.ofSeconds(9));
    assertThat(first().rare().processes().orElseThrow()).hasSize(2);
    assertThat(sampler.latest().sequence()).isEqualTo(4);
  }

  @Test
  void gpmAndPcieAreWindowsBetweenReadings() {
    sampler.sampleNow();
    assertThat(first().slow().gpm().status()).isEqualTo(NvmlStatus.NOT_READY);
    assertThat(first().rare().pcie().status()).isEqualTo(NvmlStatus.NO_DATA);
    fake.gpu(0).load(0.5);
    tick(Duration.ofSeconds(10));
    assertThat(first().slow().gpm().orElseThrow().metric(GpmMetric.SM_ACTIVE).orElseThrow().value())
        .isEqualTo(47.5);
    assertThat(first().rare().pcie().orElseThrow().transmitBytesPerSecond())
        .isEqualTo(500_000_000L);
  }

  @Test
  void aLostDeviceIsAStatusAndComesBack() {
    sampler.sampleNow();
    fake.gpu(0).lose();
    tick(Duration.ofMillis(100));
    assertThat(first().fast().memory().status()).isEqualTo(NvmlStatus.GPU_IS_LOST);
    assertThat(first().slow().powerMilliwatts().status()).isEqualTo(NvmlStatus.GPU_IS_LOST);
    assertThat(first().device().name()).contains("H100");
    assertThat(sampler.latest().devices().get(1).fast().memory().isPresent()).isTrue();
    fake.gpu(0).comeBack();
    tick(Duration.ofSeconds(1));
    assertThat(first().fast().memory().isPresent()).isTrue();
    assertThat(first().slow().powerMilliwatts().isPresent()).isTrue();
    assertThat(first().rare().processes().isPresent()).isTrue();
  }

  @Test
  void theErrorThatTookADeviceAwayStaysKnown() {
    sampler.sampleNow();
    fake.gpu(0).raiseXid(79).lose();
    tick(Duration.ofMillis(100));
    assertThat(first().slow().powerMilliwatts().status()).isEqualTo(NvmlStatus.GPU_IS_LOST);
    assertThat(first().slow().lastXid()).isEqualTo(Reading.of(79L));
    fake.gpu(0).comeBack();
    tick(Duration.ofSeconds(1));
    assertThat(first().slow().lastXid()).isEqualTo(Reading.of(79L));
  }

  @Test
  void aFunctionThatBeginsToFailIsAStatusOfItsOwn() {
    sampler.sampleNow();
    fake.gpu(0).fail("nvmlDeviceGetUtilizationRates", NvmlStatus.NO_PERMISSION);
    tick(Duration.ofMillis(100));
    assertThat(first().fast().utilization().status()).isEqualTo(NvmlStatus.NO_PERMISSION);
    assertThat(first().fast().memory().isPresent()).isTrue();
    fake.gpu(0).recover("nvmlDeviceGetUtilizationRates");
    tick(Duration.ofMillis(100));
    assertThat(first().fast().utilization().isPresent()).isTrue();
  }

  @Test
  void memoryThatWasForbiddenAtFirstIsReadOnceAllowed() {
    fake.gpu(0).fail("nvmlDeviceGetMemoryInfo", NvmlStatus.NO_PERMISSION);
    sampler.sampleNow();
    assertThat(first().fast().memory().status()).isEqualTo(NvmlStatus.NO_PERMISSION);
    fake.gpu(0).recover("nvmlDeviceGetMemoryInfo");
    tick(Duration.ofSeconds(1));
    assertThat(first().fast().memory().isPresent()).isTrue();
  }

  @Test
  void aMonitorThatWasForbiddenAtFirstIsOpenedOnceAllowed() {
    fake.gpu(0).fail("nvmlGpmQueryDeviceSupport", NvmlStatus.NO_PERMISSION);
    sampler.sampleNow();
    assertThat(first().slow().gpm().status()).isEqualTo(NvmlStatus.NO_PERMISSION);
    fake.gpu(0).recover("nvmlGpmQueryDeviceSupport");
    tick(Duration.ofSeconds(10));
    tick(Duration.ofSeconds(1));
    assertThat(first().slow().gpm().isPresent()).isTrue();
    assertThat(sampler.latest().devices().get(1).slow().gpm().status())
        .isEqualTo(NvmlStatus.NOT_SUPPORTED);
  }

  @Test
  void theLastXidStays() {
    sampler.sampleNow();
    assertThat(first().slow().lastXid().status()).isEqualTo(NvmlStatus.NO_DATA);
    fake.gpu(0).raiseXid(31).raiseXid(79);
    tick(Duration.ofSeconds(1));
    tick(Duration.ofSeconds(1));
    assertThat(first().slow().lastXid()).isEqualTo(Reading.of(79L));
  }

  @Test
  void aWedgedDriverIsAStatusThatOutlivesNothing() {
    FakeNvml slow = FakeNvml.of(clock, "T4");
    NvmlOptions options = NvmlOptions.defaults().withCallTimeout(Duration.ofMillis(50));
    try (Nvml open = Nvml.tryOpen(slow, options).orElseThrow();
        GpuSampler guarded = GpuSampler.manual(open, Cadence.DEFAULT, 10)) {
      while (guarded.sampleNow().status() != NvmlStatus.SUCCESS) {
        Thread.onSpinWait(); // a busy machine may miss 50 ms
      }
      CountDownLatch latch = new CountDownLatch(1);
      slow.gpu(0).hang("nvmlDeviceGetMemoryInfo", latch);
      GpuSnapshot wedged = guarded.sampleNow();
      assertThat(wedged.status()).isEqualTo(NvmlStatus.TIMEOUT);
      assertThat(wedged.devices().get(0).fast().memory().status()).isEqualTo(NvmlStatus.TIMEOUT);
      assertThat(guarded.latest()).isSameAs(wedged);
      latch.countDown();
      while (guarded.sampleNow().status() != NvmlStatus.SUCCESS) {
        Thread.onSpinWait();
      }
      assertThat(guarded.latest().devices().get(0).fast().memory().isPresent()).isTrue();
    }
  }

  @Test
  void historyIsARing() {
    for (int i = 0; i < 6; i++) {
      tick(Duration.ofMillis(100));
    }
    assertThat(sampler.history().stream().map(GpuSnapshot::sequence))
        .containsExactly(3L, 4L, 5L, 6L);
    assertThat(sampler.history().get(3).since(sampler.history().get(0)))
        .isEqualTo(Duration.ofMillis(300));
  }

  @Test
  void subscribersAreToldAndCannotHurt() {
    List<Long> told = new ArrayList<>();
    sampler.subscribe(
        snapshot -> {
          throw new IllegalStateException("a subscriber's own fault, on purpose");
        });
    Runnable end = sampler.subscribe(snapshot -> told.add(snapshot.sequence()));
    sampler.sampleNow();
    sampler.sampleNow();
    end.run();
    sampler.sampleNow();
    assertThat(told).containsExactly(1L, 2L);
  }

  @Test
  void afterCloseNothingIsPublished() {
    sampler.sampleNow();
    sampler.close();
    sampler.close();
    GpuSnapshot last = sampler.latest();
    assertThat(sampler.sampleNow()).isSameAs(last);
  }

  @Test
  void migDevicesFollowTheirCard() {
    FakeNvml partitioned = FakeNvml.of(clock, "H100-MIG-3G");
    partitioned.migDevice(0, 1).process(99, 1 << 30);
    try (Nvml open = partitioned.open();
        GpuSampler migs = GpuSampler.manual(open, Cadence.DEFAULT, 1)) {
      List<DeviceReadings> devices = migs.sampleNow().devices();
      assertThat(devices).hasSize(3);
      assertThat(devices.get(2).device().mig())
          .contains(new DeviceIdentity.MigPlace(2, 0, "3g.40gb"));
      assertThat(devices.get(2).fast().memory().orElseThrow().usedBytes()).isEqualTo(1 << 30);
      assertThat(devices.get(2).fast().utilization().status()).isEqualTo(NvmlStatus.NOT_SUPPORTED);
    }
  }

  @Test
  void badCadencesAreRejected() {
    Duration second = Duration.ofSeconds(1);
    assertThatThrownBy(() -> new Cadence(Duration.ZERO, second, second))
        .hasMessage("fast must be at least PT0.001S, but is PT0S");
    assertThatThrownBy(() -> new Cadence(second, Duration.ofMillis(10), second))
        .hasMessageContaining("slow must be at least PT1S");
    assertThatThrownBy(() -> GpuSampler.manual(nvml, Cadence.DEFAULT, 0))
        .hasMessage("historyLimit must be at least 1, but is 0");
  }
}
