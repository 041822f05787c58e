package io.smartops.examples;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How fast training is: samples over the time spent training, pauses (validation) left out. The
 * time runs from construction or the first batch after a pause's end to the latest batch.
 */
final class Throughput {
  private final LongSupplier nanoTime;
  private long startNanos;
  private long latestNanos;
  private long earlierNanos;
  private long samples;

  Throughput(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.startNanos = nanoTime.getAsLong();
    this.latestNanos = startNanos;
  }

  /** A batch of {@code batchSamples} is done. */
  void trained(int batchSamples) {
    samples += batchSamples;
    latestNanos = nanoTime.getAsLong();
  }

  /** What happened since the latest batch was no training; it resumes now. */
  void resume() {
    earlierNanos += latestNanos - startNanos;
    startNanos = nanoTime.getAsLong();
    latestNanos = startNanos;
  }

  /** Time spent training. */
  Duration elapsed() {
    return Duration.ofNanos(earlierNanos + latestNanos - startNanos);
  }

  /** Samples trained on. */
  long samples() {
    return samples;
  }

  /** The rate so far; 0 before the first batch. */
  double samplesPerSecond() {
    double seconds = elapsed().toNanos() / 1e9;
    return seconds > 0 ? samples / seconds : 0;
  }
}
