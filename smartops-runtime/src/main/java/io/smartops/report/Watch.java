package io.smartops.report;

import io.smartops.SmartOpsListener;
import io.smartops.report.console.RunConsole;
import io.smartops.report.devices.DeviceReader;
import io.smartops.report.flight.FlightEvents;
import io.smartops.report.history.Compute;
import io.smartops.report.history.DeviceSample;
import io.smartops.report.history.RunHistory;
import io.smartops.report.history.RunInfo;
import io.smartops.report.live.Dashboard;
import io.smartops.report.live.DashboardOptions;
import io.smartops.report.metrics.MicrometerMetrics;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that watches one run: history, flight recorder, console, report, live page, metrics.
 *
 * <p>Nothing here may disturb training: what cannot be written, bound or read is said once and left
 * out. The training thread only writes the history and, five times a second, the console's line;
 * the rest happens once a second on a thread of its own.
 */
public final class Watch implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(Watch.class);

  private static final Duration PERIOD = Duration.ofSeconds(1);

  /** A run that is killed leaves a report that is this old at most. */
  private static final Duration REPORT_PERIOD = Duration.ofSeconds(60);

  private static final Duration REPORT_PATIENCE = Duration.ofSeconds(5);

  private final List<SmartOpsListener> listeners = new ArrayList<>();
  private final List<AutoCloseable> parts = new ArrayList<>();
  private final Optional<Run> run;

  /** What exists only if someone wants to see more than the flight recorder's events. */
  private record Run(
      RunHistory history,
      ReportFile file,
      DeviceReader devices,
      Optional<Dashboard> dashboard,
      ScheduledExecutorService timer) {}

  private Watch(Optional<Run> run) {
    this.run = run;
  }

  /**
   * Starts to watch.
   *
   * @param options what is wanted
   * @param devices what the run trains on, for people
   */
  public static Watch start(WatchOptions options, List<String> devices) {
    return start(options, devices, DeviceReader::ofMachine, System.out);
  }

  static Watch start(
      WatchOptions options, List<String> devices, Supplier<DeviceReader> reader, PrintStream out) {
    if (!options.wantsHistory()) {
      Watch watch = new Watch(Optional.empty());
      watch.listeners.add(new FlightEvents());
      return watch;
    }
    RunInfo info =
        new RunInfo(
            options.name().orElseGet(Watch::mainClass),
            ProcessHandle.current().pid(),
            Instant.now(),
            devices);
    RunHistory history = new RunHistory(info, System::nanoTime);
    DeviceReader machine = reader.get();
    Watch watch =
        new Watch(
            Optional.of(
                new Run(
                    history,
                    new ReportFile(options.report(), options.plots()),
                    machine,
                    options.dashboard().flatMap(d -> serve(d, info, history, machine)),
                    Executors.newSingleThreadScheduledExecutor(Watch::daemon))));
    watch.open(options, history, info.name(), out);
    return watch;
  }

  private void open(WatchOptions options, RunHistory history, String name, PrintStream out) {
    RunConsole console = new RunConsole(history, options.console(), options.totalSteps(), out);
    listeners.add(history);
    listeners.add(new FlightEvents());
    listeners.add(console);
    if (options.registry().isPresent()) { // no lambda: linking one would load Micrometer's class
      parts.add(new MicrometerMetrics(options.registry().get(), history, name));
    }
    parts.add(console);
    run.ifPresent(Watch::schedule);
  }

  private static void schedule(Run run) {
    long period = PERIOD.toMillis();
    var unusedTicks =
        run.timer()
            .scheduleAtFixedRate(() -> quietly(() -> tick(run)), 0, period, TimeUnit.MILLISECONDS);
    long reports = REPORT_PERIOD.toMillis();
    var unusedWriting =
        run.timer()
            .scheduleWithFixedDelay(
                () -> quietly(() -> run.file().writeReport(run.history().snapshot())),
                reports,
                reports,
                TimeUnit.MILLISECONDS);
  }

  private static void tick(Run run) {
    List<DeviceSample> samples = run.devices().read();
    if (!samples.isEmpty()) {
      run.history().devices(samples);
    }
    run.dashboard().ifPresent(Dashboard::publish);
  }

  private static Optional<Dashboard> serve(
      DashboardOptions options, RunInfo info, RunHistory history, DeviceReader devices) {
    try {
      Dashboard dashboard = Dashboard.start(options, info, history, devices::prometheusText);
      LOGGER.info("The live page is at {}", dashboard.url());
      return Optional.of(dashboard);
    } catch (IOException | RuntimeException | NoClassDefFoundError e) {
      LOGGER.warn("There is no live page: port {} cannot be had: {}", options.port(), e.toString());
      return Optional.empty();
    }
  }

  /** Who must hear of the run, in this order. */
  public List<SmartOpsListener> listeners() {
    return List.copyOf(listeners);
  }

  /** Whether anyone will see what the model asks of the device. */
  public boolean wantsCompute() {
    return run.isPresent();
  }

  /** What the model asks of the device became known. */
  public void compute(Compute compute) {
    run.ifPresent(r -> r.history().compute(compute));
  }

  /** What is known of it; nothing unless someone will see it. */
  public Optional<Compute> compute() {
    return run.map(r -> r.history().compute());
  }

  /** Peak FLOPs per second of GPU {@code index} by precision; empty where it is not known. */
  public Map<String, Double> gpuPeakFlops(int index) {
    return run.map(r -> r.devices().peakFlops(index)).orElse(Map.of());
  }

  /** The address of the live page, if there is one. */
  public Optional<String> url() {
    return run.flatMap(Run::dashboard).map(Dashboard::url);
  }

  /** The run's end: the last update, the report, the plots, the console's table. */
  @Override
  public void close() {
    run.ifPresent(
        r -> {
          stop(r.timer());
          r.history().finish();
          r.file().writeReport(r.history().snapshot());
          r.file().writePlots(r.history().snapshot());
          r.dashboard().ifPresent(d -> quietly(d::close));
          quietly(r.devices()::close);
        });
    parts.forEach(part -> quietly(part::close));
  }

  /** A report that is being written is finished first. */
  private static void stop(ScheduledExecutorService timer) {
    timer.shutdown();
    quietly(() -> timer.awaitTermination(REPORT_PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
  }

  private interface Work {
    void run() throws Exception;
  }

  private static void quietly(Work work) {
    try {
      work.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOGGER.debug("Watching failed for a moment", e);
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "smartops-watch");
    thread.setDaemon(true);
    return thread;
  }

  /** The simple name of the class that the JVM was started with. */
  private static String mainClass() {
    String command = System.getProperty("sun.java.command", "").split(" ", 2)[0];
    String name = command.substring(command.lastIndexOf('.') + 1);
    return name.isEmpty() ? "training" : name;
  }
}
