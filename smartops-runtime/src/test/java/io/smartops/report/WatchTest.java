package io.smartops.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smartops.report.console.ConsoleMode;
import io.smartops.report.devices.DeviceReader;
import io.smartops.report.history.DeviceMetric;
import io.smartops.report.history.DeviceSample;
import io.smartops.report.history.SampleRun;
import io.smartops.report.live.DashboardOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  @TempDir private Path folder;

  @Test
  void everythingThatIsAskedForHappens() throws IOException {
    Path report = folder.resolve("deep/smartops-report.html");
    try (Watch watch =
        start(
            options(
                Optional.of(report), Optional.of(folder.resolve("plots")), ConsoleMode.PLAIN))) {
      train(watch, 20);
      assertThat(registry.get("smartops.steps").functionCounter().count()).isEqualTo(20);
      assertThat(watch.url()).isPresent();
    }

    assertThat(Files.readString(report)).contains("\"finished\":true");
    assertThat(folder.resolve("plots/throughput.svg")).exists();
    assertThat(printed.toString(StandardCharsets.UTF_8)).contains(" training ", "20 steps");
    assertThat(registry.getMeters()).isEmpty();
    try (var files = Files.list(report.getParent())) {
      assertThat(files).containsExactly(report);
    }
  }

  @Test
  void aReportThatCannotBeWrittenDisturbsNothing() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    try (Watch watch =
        start(
            options(
                Optional.of(file.resolve("report.html")),
                Optional.of(file.resolve("plots")),
                ConsoleMode.PLAIN))) {
      train(watch, 5);
    }

    assertThat(printed.toString(StandardCharsets.UTF_8)).contains("5 steps");
  }

  @Test
  void aDiskThatIsFullDisturbsNothing() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "/dev/full is Linux's");
    Path report = folder.resolve("report.html");
    Files.createSymbolicLink(folder.resolve("report.html.part"), full);
    try (Watch watch = start(options(Optional.of(report), Optional.empty(), ConsoleMode.PLAIN))) {
      train(watch, 5);
    }

    assertThat(printed.toString(StandardCharsets.UTF_8)).contains("5 steps");
    assertThat(report).doesNotExist();
  }

  @Test
  void aTakenPortDisturbsNothing() throws IOException {
    try (ServerSocket taken = new ServerSocket(65_535, 1, InetAddress.getLoopbackAddress());
        Watch watch =
            start(
                new WatchOptions(
                    Optional.of("run"),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(DashboardOptions.loopback(taken.getLocalPort())),
                    Optional.empty(),
                    ConsoleMode.SILENT,
                    OptionalLong.empty()))) {
      train(watch, 5);
      assertThat(watch.url()).isEmpty();
    }
  }

  @Test
  void devicesThatFailDisturbNothing() throws IOException {
    Path report = folder.resolve("report.html");
    try (Watch watch =
        Watch.start(
            options(Optional.of(report), Optional.empty(), ConsoleMode.SILENT),
            List.of("cpu()"),
            () ->
                () -> {
                  throw new IllegalStateException("the driver is gone");
                },
            out())) {
      train(watch, 5);
    }

    assertThat(Files.readString(report)).contains("\"steps\":5");
  }

  @Test
  void whoAsksForNothingPaysForTheFlightRecorderOnly() {
    try (Watch watch = start(WatchOptions.NONE)) {
      assertThat(watch.listeners()).hasSize(1);
      assertThat(watch.wantsCompute()).isFalse();
      train(watch, 5);
    }

    assertThat(printed.size()).isZero();
  }

  private WatchOptions options(Optional<Path> report, Optional<Path> plots, ConsoleMode console) {
    return new WatchOptions(
        Optional.of("run"),
        report,
        plots,
        Optional.of(DashboardOptions.loopback(0)),
        Optional.of(registry),
        console,
        OptionalLong.of(20));
  }

  private Watch start(WatchOptions options) {
    DeviceReader reader =
        () -> List.of(new DeviceSample("core 0", Map.of(DeviceMetric.UTILISATION, 50.0)));
    return Watch.start(options, List.of("cpu()"), () -> reader, out());
  }

  private PrintStream out() {
    return new PrintStream(printed, true, StandardCharsets.UTF_8);
  }

  private static void train(Watch watch, int steps) {
    for (int step = 1; step <= steps; step++) {
      long now = step;
      watch.listeners().forEach(listener -> listener.onStep(SampleRun.report(now, 64)));
    }
  }
}
