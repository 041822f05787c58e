package io.smartops.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class GrowthMeterTest {
  private static final long PEAK = 500;

  private final Thread caller = Thread.currentThread();
  private final AtomicLong allocated = new AtomicLong(100);
  private final CountDownLatch peakSeenTwice = new CountDownLatch(2);
  private final GrowthMeter meter = new GrowthMeter(this::reading);

  @AfterEach
  void closeMeter() {
    meter.close();
  }

  @Test
  void measuresFromTheReadingAtTheStart() {
    assertThat(meter.start()).hasValue(100);
    allocated.set(250);
    assertThat(meter.stop()).hasValue(150);
  }

  @Test
  void seesAPeakThatIsOverBeforeTheStop() throws InterruptedException {
    meter.start();
    allocated.set(PEAK);
    // The second reading of the sampler follows the record of the first.
    assertThat(peakSeenTwice.await(10, TimeUnit.SECONDS)).isTrue();
    allocated.set(120);
    assertThat(meter.stop()).hasValue(PEAK - 100);
  }

  @Test
  void memoryThatOnlyShrinksHasNoGrowth() {
    meter.start();
    allocated.set(40);
    assertThat(meter.stop()).hasValue(0);
  }

  @Test
  void aSecondStartBeginsANewWindow() {
    meter.start();
    allocated.set(300);
    assertThat(meter.start()).hasValue(300);
    allocated.set(310);
    assertThat(meter.stop()).hasValue(10);
  }

  @Test
  void withoutAWindowThereIsNoGrowth() {
    assertThat(meter.stop()).isEmpty();
    meter.start();
    meter.stop();
    assertThat(meter.stop()).isEmpty();
  }

  @Test
  void restsUntilTheNextWindow() {
    meter.start();
    meter.stop();
    Thread sampler = sampler().orElseThrow();
    while (sampler.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    meter.start();
    assertThat(sampler().orElseThrow()).isSameAs(sampler);
  }

  @Test
  void closingEndsTheThread() {
    meter.start();
    Thread sampler = sampler().orElseThrow();
    assertThat(sampler.isDaemon()).isTrue();
    meter.close();
    assertThat(sampler.isAlive()).isFalse();
    assertThat(meter.stop()).isEmpty();
    meter.start();
    assertThat(meter.stop()).isEmpty();
    assertThat(sampler()).isEmpty();
  }

  @Test
  void anAbsentReadingStartsNoThread() {
    try (GrowthMeter blind = new GrowthMeter(OptionalLong::empty)) {
      assertThat(blind.start()).isEmpty();
      assertThat(blind.stop()).isEmpty();
      assertThat(sampler()).isEmpty();
    }
  }

  @Test
  void dearReadingsComeMoreSeldom() {
    assertThat(GrowthMeter.restNanos(10_000)).isEqualTo(GrowthMeter.CADENCE_NANOS);
    assertThat(GrowthMeter.restNanos(700_000)).isEqualTo(700_000 * GrowthMeter.REST_PER_COST);
  }

  @Test
  void onePreemptedReadingHardlyRaisesTheCost() {
    assertThat(GrowthMeter.costNanos(10_000, 9_000_000)).isEqualTo(20_000);
    assertThat(GrowthMeter.costNanos(20_000, 8_000)).isEqualTo(8_000);
    assertThat(GrowthMeter.costNanos(8_000, 0)).isEqualTo(GrowthMeter.LEAST_COST_NANOS);
  }

  private OptionalLong reading() {
    long bytes = allocated.get();
    if (bytes == PEAK && Thread.currentThread() != caller) {
      peakSeenTwice.countDown();
    }
    return OptionalLong.of(bytes);
  }

  private static Optional<Thread> sampler() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("smartops-growth-meter"))
        .findFirst();
  }
}
