package io.smartops.report;

import io.smartops.report.history.RunSnapshot;
import io.smartops.report.page.ReportPage;
import io.smartops.report.plot.RunPlots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes report and plots. A report appears whole or not at all: it is written beside its place and
 * moved there. What cannot be written is said once, and never disturbs training.
 *
 * <p>Not thread-safe.
 */
final class ReportFile {
  private static final Logger LOGGER = LoggerFactory.getLogger(ReportFile.class);

  private final Optional<Path> report;
  private final Optional<Path> plots;
  private boolean complained;

  ReportFile(Optional<Path> report, Optional<Path> plots) {
    this.report = report;
    this.plots = plots;
  }

  /** Writes the report as it is now, so that a run that dies leaves one. */
  void writeReport(RunSnapshot run) {
    report.ifPresent(file -> attempt(file, () -> write(file, ReportPage.report(run))));
  }

  /** Writes the plots. */
  void writePlots(RunSnapshot run) {
    plots.ifPresent(folder -> attempt(folder, () -> RunPlots.write(run, folder)));
  }

  private static void write(Path file, String html) throws IOException {
    Path place = file.toAbsolutePath();
    Path part = place.resolveSibling(place.getFileName() + ".part");
    if (place.getParent() != null) {
      Files.createDirectories(place.getParent());
    }
    try {
      Files.writeString(part, html);
      Files.move(part, place, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private interface Writing {
    void run() throws IOException;
  }

  /** A library that is not there shows as an error, not as an exception. */
  private void attempt(Path target, Writing writing) {
    try {
      writing.run();
    } catch (IOException | RuntimeException | NoClassDefFoundError e) {
      if (!complained) {
        complained = true;
        LOGGER.warn("{} cannot be written; training goes on. {}", target, e.toString());
      }
    }
  }
}
