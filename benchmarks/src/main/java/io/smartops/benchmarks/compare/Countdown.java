package io.smartops.benchmarks.compare;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** How far a comparison is, on the error stream. */
final class Countdown implements AutoCloseable {
  private static final int REDRAW_MILLIS = 1_000;

  private final ProgressBar bar;

  Countdown(int trials) {
    this.bar =
        new ProgressBarBuilder()
            .setTaskName("runs")
            .setInitialMax(trials)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(REDRAW_MILLIS)
            .build();
  }

  /** A workload begins under a condition. */
  void begin(Cell cell) {
    bar.setExtraMessage(" %s, %s".formatted(cell.load().workload(), cell.condition().title()));
  }

  /** One more run is done. */
  void step() {
    bar.step();
  }

  @Override
  public void close() {
    bar.close();
  }
}
