package io.smartops.report;

import io.micrometer.core.instrument.MeterRegistry;
import io.smartops.report.console.ConsoleMode;
import io.smartops.report.live.DashboardOptions;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How a run may be watched. By default it is not, but for events of the JDK's flight recorder.
 *
 * @param name the run's name; empty for the main class's
 * @param report the HTML report, if one is wanted
 * @param plots the folder for plots, if they are wanted
 * @param dashboard where the live page is served, if it is
 * @param registry where metrics are registered, if anywhere
 * @param console how the console shows the run
 * @param totalSteps steps that the run will take, if known
 */
public record WatchOptions(
    Optional<String> name,
    Optional<Path> report,
    Optional<Path> plots,
    Optional<DashboardOptions> dashboard,
    Optional<MeterRegistry> registry,
    ConsoleMode console,
    OptionalLong totalSteps) {

  /** Nothing is shown. */
  public static final WatchOptions NONE =
      new WatchOptions(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          ConsoleMode.SILENT,
          OptionalLong.empty());

  /** Whether anything besides the flight recorder is asked for. */
  boolean wantsHistory() {
    return report.isPresent()
        || plots.isPresent()
        || dashboard.isPresent()
        || registry.isPresent()
        || console != ConsoleMode.SILENT;
  }
}
