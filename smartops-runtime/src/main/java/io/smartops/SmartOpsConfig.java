package io.smartops;

import io.micrometer.core.instrument.MeterRegistry;
import io.smartops.control.MicroBatchLimits;
import io.smartops.report.WatchOptions;
import io.smartops.report.console.ConsoleMode;
import io.smartops.report.live.DashboardOptions;
import io.smartops.telemetry.DeviceTelemetry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What a user may ask of the runtime. Every option has a default that needs no thought: {@code
 * SmartOpsConfig.builder().build()} adapts within 90 % of the machine's memory.
 *
 * @param microBatch bounds of the micro-batch; equal bounds fix it
 * @param memoryLimitBytes the most memory that the process may hold, if set
 * @param memoryFraction the share of the device's memory that the process may hold, if set
 * @param telemetry where readings come from; empty means the runtime's own choice
 * @param journal the file that decisions are written to as JSON Lines, if set
 * @param listeners who hears of decisions, out-of-memory errors and steps
 * @param precision which arithmetic may be used
 * @param loader how data are loaded, if set
 * @param watch how the run may be watched
 */
public record SmartOpsConfig(
    MicroBatchLimits microBatch,
    OptionalLong memoryLimitBytes,
    OptionalDouble memoryFraction,
    Optional<DeviceTelemetry> telemetry,
    Optional<Path> journal,
    List<SmartOpsListener> listeners,
    PrecisionPolicy precision,
    Optional<SmartLoaderOptions> loader,
    WatchOptions watch) {

  /** Share of the device's memory that is used where nothing else is asked for. */
  public static final double DEFAULT_MEMORY_FRACTION = 0.9;

  /** Starts a configuration in which every option has its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects options; {@link #build()} checks them together. */
  public static final class Builder {
    private @Nullable Integer fixedMicroBatch;
    private @Nullable MicroBatchLimits microBatchRange;
    private OptionalLong memoryLimitBytes = OptionalLong.empty();
    private OptionalDouble memoryFraction = OptionalDouble.empty();
    private @Nullable DeviceTelemetry telemetry;
    private @Nullable Path journal;
    private final List<SmartOpsListener> listeners = new ArrayList<>();
    private PrecisionPolicy precision = PrecisionPolicy.AUTO;
    private @Nullable String name;
    private @Nullable Path report;
    private @Nullable Path plots;
    private @Nullable Integer dashboardPort;
    private @Nullable String dashboardAddress;
    private @Nullable String dashboardToken;
    private @Nullable MeterRegistry registry;
    private ConsoleMode console = ConsoleMode.SILENT;
    private OptionalLong totalSteps = OptionalLong.empty();
    private @Nullable SmartLoaderOptions loader;

    private Builder() {}

    /** Fixes the micro-batch to {@code samples}; it is then left only to survive an OOM. */
    public Builder optMicroBatch(int samples) {
      fixedMicroBatch = samples;
      return this;
    }

    /** Lets the micro-batch vary from {@code min} to {@code max} samples, both included. */
    public Builder optMicroBatchRange(int min, int max) {
      microBatchRange =
          new MicroBatchLimits(
              atLeastOne("optMicroBatchRange min", min),
              atLeast(min, "optMicroBatchRange max", max));
      return this;
    }

    /** Limits the memory that this process holds (resident memory on a host), in bytes. */
    public Builder optMemoryLimitBytes(long bytes) {
      memoryLimitBytes = OptionalLong.of(bytes);
      return this;
    }

    /** Limits the memory that this process holds to a share of the device's, in (0, 1]. */
    public Builder optMemoryFraction(double fraction) {
      memoryFraction = OptionalDouble.of(fraction);
      return this;
    }

    /** Takes readings from {@code telemetry} instead of from the trainer's device. */
    public Builder optTelemetry(DeviceTelemetry telemetry) {
      this.telemetry = telemetry;
      return this;
    }

    /** Writes every decision to {@code file} as JSON Lines; an existing file is replaced. */
    public Builder optJournal(Path file) {
      this.journal = file;
      return this;
    }

    /** Adds a listener. */
    public Builder optListener(SmartOpsListener listener) {
      listeners.add(listener);
      return this;
    }

    /**
     * Chooses the arithmetic; {@link PrecisionPolicy#AUTO} by default. Who needs plain DJL's
     * results asks for {@link PrecisionPolicy#FP32}.
     */
    public Builder optPrecision(PrecisionPolicy precision) {
      this.precision = precision;
      return this;
    }

    /** Names the run for those who watch it; by default by the main class. */
    public Builder optName(String name) {
      this.name = name;
      return this;
    }

    /**
     * Writes an HTML report to {@code file}, which needs nothing else to be opened: each minute,
     * and when the trainer is closed.
     */
    public Builder optReport(Path file) {
      this.report = file;
      return this;
    }

    /**
     * Writes plots to {@code folder}, as PNG and SVG, when the trainer is closed. Needs {@code
     * org.knowm.xchart:xchart} on the class path.
     */
    public Builder optPlots(Path folder) {
      this.plots = folder;
      return this;
    }

    /**
     * Serves a live page and Prometheus metrics on this machine's loopback address, at {@code port}
     * or the next one that is free; 0 takes any.
     */
    public Builder optDashboardPort(int port) {
      this.dashboardPort = port;
      return this;
    }

    /**
     * Serves the live page on another address than loopback, to those who know {@code token} (at
     * least 16 characters).
     */
    public Builder optDashboardAddress(String address, String token) {
      this.dashboardAddress = address;
      this.dashboardToken = token;
      return this;
    }

    /**
     * Registers the run's metrics in {@code registry} until the trainer is closed. Needs {@code
     * io.micrometer:micrometer-core} on the class path, where the registry is from.
     */
    public Builder optMeterRegistry(MeterRegistry registry) {
      this.registry = registry;
      return this;
    }

    /** Shows the run on the standard output; by default nothing is shown. */
    public Builder optConsole(ConsoleMode mode) {
      this.console = mode;
      return this;
    }

    /** Says how many steps the run will take, for the console's estimate of the time left. */
    public Builder optTotalSteps(long steps) {
      this.totalSteps = OptionalLong.of(steps);
      return this;
    }

    /**
     * Loads data as {@code loader} says, for training and validation; its manager is the trainer's.
     *
     * <p>By default, the byte cap is at most an eighth of {@link #optMemoryLimitBytes}, and
     * libtorch's threads are left alone, since other sums of the same batch round differently. Use
     * {@link SmartLoaderOptions.Builder#optThreadSafe} to declare a dataset that one thread at a
     * time must read.
     */
    public Builder optLoader(SmartLoaderOptions loader) {
      this.loader = loader;
      return this;
    }

    /**
     * Checks the options and makes the configuration.
     *
     * @throws IllegalArgumentException if an option is out of its bounds or two contradict each
     *     other; the message names option, value and bound
     */
    public SmartOpsConfig build() {
      if (fixedMicroBatch != null && microBatchRange != null) {
        throw new IllegalArgumentException(
            "optMicroBatch(%d) and optMicroBatchRange(%d, %d) contradict each other: set one of them"
                .formatted(fixedMicroBatch, microBatchRange.min(), microBatchRange.max()));
      }
      if (memoryLimitBytes.isPresent() && memoryLimitBytes.getAsLong() < 1) {
        throw new IllegalArgumentException(
            "optMemoryLimitBytes must be at least 1, but is " + memoryLimitBytes.getAsLong());
      }
      memoryFraction.ifPresent(Builder::checkFraction);
      return new SmartOpsConfig(
          microBatchLimits(),
          memoryLimitBytes,
          memoryFraction,
          Optional.ofNullable(telemetry),
          Optional.ofNullable(journal),
          List.copyOf(listeners),
          precision,
          Optional.ofNullable(loader),
          watchOptions());
    }

    private WatchOptions watchOptions() {
      if (dashboardAddress != null && dashboardPort == null) {
        throw new IllegalArgumentException(
            "optDashboardAddress(\"%s\", token) needs optDashboardPort"
                .formatted(dashboardAddress));
      }
      if (totalSteps.isPresent() && totalSteps.getAsLong() < 1) {
        throw new IllegalArgumentException(
            "optTotalSteps must be at least 1, but is " + totalSteps.getAsLong());
      }
      return new WatchOptions(
          Optional.ofNullable(name),
          Optional.ofNullable(report),
          Optional.ofNullable(plots),
          dashboardOptions(),
          Optional.ofNullable(registry),
          console,
          totalSteps);
    }

    private Optional<DashboardOptions> dashboardOptions() {
      if (dashboardPort == null) {
        return Optional.empty();
      }
      return Optional.of(
          dashboardAddress == null || dashboardToken == null
              ? DashboardOptions.loopback(dashboardPort)
              : DashboardOptions.on(dashboardPort, dashboardAddress, dashboardToken));
    }

    private MicroBatchLimits microBatchLimits() {
      if (fixedMicroBatch != null) {
        int size = atLeastOne("optMicroBatch", fixedMicroBatch);
        return new MicroBatchLimits(size, size);
      }
      return microBatchRange != null ? microBatchRange : MicroBatchLimits.ANY;
    }

    private static void checkFraction(double fraction) {
      if (!(fraction > 0 && fraction <= 1)) {
        throw new IllegalArgumentException(
            "optMemoryFraction must be above 0 and at most 1, but is " + fraction);
      }
    }

    private static int atLeastOne(String option, int value) {
      return atLeast(1, option, value);
    }

    private static int atLeast(int bound, String option, int value) {
      if (value < bound) {
        throw new IllegalArgumentException(
            "%s must be at least %d, but is %d".formatted(option, bound, value));
      }
      return value;
    }
  }
}
