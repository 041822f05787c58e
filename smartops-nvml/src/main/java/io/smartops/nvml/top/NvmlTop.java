package io.smartops.nvml.top;

import io.smartops.nvml.Nvml;
import io.smartops.nvml.NvmlOptions;
import io.smartops.nvml.fake.FakeGpu;
import io.smartops.nvml.fake.FakeNvml;
import io.smartops.nvml.fake.FakeProfile;
import io.smartops.nvml.reading.NvmlException;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.sampler.Cadence;
import io.smartops.nvml.sampler.GpuSampler;
import io.smartops.nvml.sampler.GpuSnapshot;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * A table of all GPUs and their processes, live or once.
 *
 * <p>Exit codes: 0 done, 2 no driver or bad arguments.
 */
@Command(name = "nvml-top", description = "Shows all NVIDIA GPUs and their processes.")
public final class NvmlTop implements Callable<Integer> {
  private static final int NO_DRIVER = 2;
  private static final String CLEAR_SCREEN = "\u001b[2J";
  private static final String HOME = "\u001b[H";
  private static final String CLEAR_LINE = "\u001b[K";
  private static final String CLEAR_BELOW = "\u001b[J";

  /** How long a made-up card has worked already, so that it is warm. */
  private static final Duration FAKE_WORK = Duration.ofHours(1);

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and end.")
  @SuppressWarnings("unused") // by anyone but picocli
  private boolean help;

  @Option(names = "--once", description = "Print one table and end.")
  private boolean once;

  @Option(names = "--json", description = "Print JSON, one line for each refresh.")
  private boolean json;

  @Option(
      names = "--fake",
      paramLabel = "CARD",
      description = "Show a made-up card: T4, RTX4090, A100, H100, H100-MIG-3G, VGPU or WSL.")
  private Optional<String> fake = Optional.empty();

  @Option(
      names = "--library",
      paramLabel = "FILE",
      description = "Load this library instead of the driver's.")
  private Optional<Path> library = Optional.empty();

  @Option(
      names = "--seconds",
      defaultValue = "1",
      description = "Pause between refreshes (default: ${DEFAULT-VALUE}).")
  private double seconds;

  /** For picocli. */
  NvmlTop() {
    spec = CommandSpec.create();
  }

  /** Runs the command and ends the JVM with its exit code. */
  public static void main(String[] args) {
    // A table needs no log; without this, SLF4J complains about the absence of one.
    System.setProperty("slf4j.internal.verbosity", "ERROR");
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new NvmlTop());
  }

  @Override
  public Integer call() throws InterruptedException {
    if (!(seconds >= 0.1 && seconds <= 3600)) {
      throw new ParameterException(
          spec.commandLine(), "--seconds must be from 0.1 to 3600, but is " + seconds);
    }
    PrintWriter out = spec.commandLine().getOut();
    Reading<Nvml> opened = open();
    if (!opened.isPresent()) {
      String why = new NvmlException(opened.status(), opened.toString()).getMessage();
      spec.commandLine().getErr().println("nvml-top: " + why);
      return NO_DRIVER;
    }
    try (Nvml nvml = opened.orElseThrow()) {
      show(nvml, out);
    }
    return 0;
  }

  private Reading<Nvml> open() {
    if (fake.isPresent()) {
      return Reading.of(pretend(fake.get()).open());
    }
    NvmlOptions options = NvmlOptions.defaults();
    return Nvml.tryOpen(library.map(options::withLibrary).orElse(options));
  }

  /** A card that has been at work, so that there is something to see. */
  private FakeNvml pretend(String card) {
    if (FakeProfile.NAMES.stream().noneMatch(card::equalsIgnoreCase)) {
      throw new ParameterException(
          spec.commandLine(), "--fake must be one of " + FakeProfile.NAMES + ", but is " + card);
    }
    AtomicLong ahead = new AtomicLong();
    FakeNvml nvml = FakeNvml.of(() -> System.nanoTime() + ahead.get(), card);
    FakeGpu gpu = nvml.gpu(0).load(0.87);
    FakeGpu worker = gpu.migDevices() > 0 ? nvml.migDevice(0, 0) : gpu;
    worker.process(4711, 9L << 30);
    ahead.set(FAKE_WORK.toNanos());
    return nvml;
  }

  private void show(Nvml nvml, PrintWriter out) throws InterruptedException {
    Cadence cadence = cadence();
    try (GpuSampler sampler = GpuSampler.manual(nvml, cadence, 1)) {
      if (once) {
        out.print(text(nvml, sampler.sampleNow()));
        out.flush();
        return;
      }
      // Whoever pipes the table into a file or a program wants no control codes.
      boolean screen = !json && CommandLine.Help.Ansi.AUTO.enabled();
      out.print(screen ? CLEAR_SCREEN : "");
      CountDownLatch never = new CountDownLatch(1);
      do {
        String text = text(nvml, sampler.sampleNow());
        out.print(screen ? onScreen(text) : text);
        out.flush();
      } while (!never.await(cadence.fast().toNanos(), TimeUnit.NANOSECONDS));
    }
  }

  /** Processes every fifth time at most: listing them costs milliseconds. */
  private Cadence cadence() {
    Duration pause = Duration.ofMillis(Math.round(1000 * seconds));
    return new Cadence(pause, pause, pause.multipliedBy(5));
  }

  private String text(Nvml nvml, GpuSnapshot snapshot) {
    return json ? SnapshotJson.of(snapshot) + "\n" : Table.of(nvml, snapshot);
  }

  /** Over what was there, line by line, since clearing first would flicker. */
  private static String onScreen(String text) {
    return HOME + text.replace("\n", CLEAR_LINE + "\n") + CLEAR_BELOW;
  }
}
