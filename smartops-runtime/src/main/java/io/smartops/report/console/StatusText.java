package io.smartops.report.console;

import io.smartops.report.history.RunHistory;
import io.smartops.report.history.StepPoint;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * The live line's words: {@code 2,146/s 171×3 float32 470/448 MiB loss 0.0136 ETA 0:12}. What is
 * not known is left out.
 */
final class StatusText {
  private static final double MEBI = 1 << 20;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final int SECONDS_PER_MINUTE = 60;
  private static final int SECONDS_PER_HOUR = 3600;

  /** Share of the latest figure in the mean that is shown: about the last ten updates. */
  private static final double FRESH = 0.1;

  private final OptionalLong totalSteps;
  private double samplesPerSecond;
  private double stepSeconds;

  StatusText(OptionalLong totalSteps) {
    this.totalSteps = totalSteps;
  }

  /** The words for a run that has just done {@code point}. */
  String of(StepPoint point, RunHistory history) {
    remember(point);
    StringBuilder text = new StringBuilder();
    text.append("%,.0f/s".formatted(samplesPerSecond));
    text.append("  %d×%d".formatted(point.microBatch(), point.microBatches()));
    text.append("  ").append(point.precision());
    point
        .loader()
        .ifPresent(
            loader -> text.append("  prefetch %d/%d".formatted(loader.depth(), loader.workers())));
    text.append(memory(point.usedBytes(), point.limitBytes()));
    OptionalDouble loss = history.latestLoss();
    loss.ifPresent(value -> text.append("  loss %.4f".formatted(value)));
    totalSteps.ifPresent(total -> text.append("  ETA ").append(eta(total - point.step())));
    return text.toString();
  }

  private void remember(StepPoint point) {
    double rate = point.samplesPerSecond().orElse(0);
    double seconds = point.stepNanos() / NANOS_PER_SECOND;
    boolean first = samplesPerSecond == 0;
    samplesPerSecond = first ? rate : FRESH * rate + (1 - FRESH) * samplesPerSecond;
    stepSeconds = first ? seconds : FRESH * seconds + (1 - FRESH) * stepSeconds;
  }

  private String eta(long stepsLeft) {
    return clock(Duration.ofMillis(Math.round(1000 * stepSeconds * Math.max(0, stepsLeft))));
  }

  private static String clock(Duration time) {
    long seconds = time.toSeconds();
    return seconds < SECONDS_PER_HOUR
        ? "%d:%02d".formatted(seconds / SECONDS_PER_MINUTE, seconds % SECONDS_PER_MINUTE)
        : "%d:%02d h".formatted(time.toHours(), time.toMinutesPart());
  }

  private static String memory(OptionalLong used, OptionalLong limit) {
    if (used.isEmpty()) {
      return "";
    }
    String of = limit.isPresent() ? "/%,.0f".formatted(limit.getAsLong() / MEBI) : "";
    return "  %,.0f%s MiB".formatted(used.getAsLong() / MEBI, of);
  }
}
