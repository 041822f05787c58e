package io.smartops.benchmarks.report;

import io.smartops.LoaderState;
import io.smartops.SmartOpsListener;
import io.smartops.StepReport;
import io.smartops.report.Watch;
import io.smartops.report.WatchOptions;
import io.smartops.report.console.ConsoleMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** What the training thread spends in the listeners of one step, with a report and a console. */
final class ListenerCost {
  private static final int STEPS = 1_000_000;

  private ListenerCost() {}

  static double nanosPerStep() {
    WatchOptions options =
        new WatchOptions(
            Optional.of("listeners"),
            Optional.of(Path.of(System.getProperty("java.io.tmpdir"), "listener-cost.html")),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            ConsoleMode.SILENT,
            OptionalLong.empty());
    try (Watch watch = Watch.start(options, List.of("cpu()"))) {
      tell(watch, STEPS);
      long start = System.nanoTime();
      tell(watch, STEPS);
      return (double) (System.nanoTime() - start) / STEPS;
    }
  }

  private static void tell(Watch watch, int steps) {
    List<SmartOpsListener> listeners = watch.listeners();
    for (int step = 1; step <= steps; step++) {
      StepReport report = report(step);
      for (SmartOpsListener listener : listeners) {
        listener.onStep(report);
      }
    }
  }

  private static StepReport report(long step) {
    return new StepReport(
        step,
        32,
        32,
        1,
        8_000_000,
        100_000,
        OptionalLong.of(1L << 30),
        OptionalLong.of(1L << 31),
        OptionalLong.of(1L << 30),
        OptionalDouble.of(0.1),
        "float32",
        false,
        Optional.of(new LoaderState(2, 4)),
        50_000);
  }
}
