package io.smartops.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ThroughputTest {
  private final AtomicLong nanos = new AtomicLong(1_000);
  private final Throughput throughput = new Throughput(nanos::get);

  @Test
  void isZeroBeforeTheFirstBatch() {
    assertThat(throughput.samplesPerSecond()).isZero();
  }

  @Test
  void leavesPausesOut() {
    train(2, 100);
    nanos.addAndGet(Duration.ofSeconds(50).toNanos());
    throughput.resume();
    train(3, 400);

    assertThat(throughput.elapsed()).isEqualTo(Duration.ofSeconds(5));
    assertThat(throughput.samples()).isEqualTo(500);
    assertThat(throughput.samplesPerSecond()).isEqualTo(100);
  }

  private void train(int seconds, int samples) {
    nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
    throughput.trained(samples);
  }
}
