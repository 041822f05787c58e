package io.smartops.nvml.fake;

import io.smartops.nvml.Nvml;
import io.smartops.nvml.NvmlOptions;
import io.smartops.nvml.driver.EventSource;
import io.smartops.nvml.driver.GpmSource;
import io.smartops.nvml.driver.MemoryProbe;
import io.smartops.nvml.driver.NvmlDriver;
import io.smartops.nvml.driver.Query;
import io.smartops.nvml.reading.EventType;
import io.smartops.nvml.reading.FieldValue;
import io.smartops.nvml.reading.GpuProcess;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.ProcessKind;
import io.smartops.nvml.reading.ProcessUtilization;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * NVML without a GPU.
 *
 * <pre>{@code
 * FakeNvml fake = FakeNvml.of("H100");
 * fake.gpu(0).load(0.9).process(4711, 20L << 30);
 * try (Nvml nvml = fake.open()) {
 *   nvml.device(0).orElseThrow().memory();
 * }
 * }</pre>
 *
 * <p>Cards are data ({@link FakeProfile}); what they do is scripted through {@link FakeGpu}; time
 * is the clock's. Thread-safe.
 */
public final class FakeNvml implements NvmlDriver {
  private final LongSupplier nanoClock;
  private final List<FakeGpu> gpus = new ArrayList<>();
  private NvmlStatus initStatus = NvmlStatus.SUCCESS;
  private int initialised;

  private FakeNvml(List<FakeProfile> profiles, LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    for (FakeProfile profile : profiles) {
      gpus.add(new FakeGpu(gpus.size(), profile, nanoClock.getAsLong(), this));
    }
  }

  /** Cards of named profiles under the system's clock. */
  public static FakeNvml of(String... profiles) {
    return of(System::nanoTime, profiles);
  }

  /** Cards of named profiles under a clock that gives nanoseconds. */
  public static FakeNvml of(LongSupplier nanoClock, String... profiles) {
    return of(nanoClock, List.of(profiles).stream().map(FakeProfile::named).toList());
  }

  /** Cards of any profiles. */
  public static FakeNvml of(LongSupplier nanoClock, List<FakeProfile> profiles) {
    return new FakeNvml(profiles, nanoClock);
  }

  /** Opens this driver. */
  public Nvml open() {
    return Nvml.tryOpen(this, NvmlOptions.defaults()).orElseThrow();
  }

  /** A card; its MIG devices, if it has any, are {@link #migDevice}. */
  public FakeGpu gpu(int index) {
    return gpus.get(index);
  }

  /** A MIG device of a card. */
  public FakeGpu migDevice(int gpu, int index) {
    return gpus.get(gpu).migDevices.get(index);
  }

  /** Makes opening fail from now on, or succeed again. */
  public synchronized FakeNvml failInit(NvmlStatus status) {
    initStatus = status;
    return this;
  }

  /** How often the driver is initialised at present. */
  public synchronized int initialised() {
    return initialised;
  }

  @Override
  public long nanoTime() {
    return nanoClock.getAsLong();
  }

  @Override
  public synchronized NvmlStatus init() {
    if (initStatus == NvmlStatus.SUCCESS) {
      initialised++;
    }
    return initStatus;
  }

  @Override
  public synchronized NvmlStatus shutdown() {
    initialised--;
    return NvmlStatus.SUCCESS;
  }

  @Override
  public <T> Reading<T> numbers(long handle, Query.Numbers<T> query) {
    FakeAnswers answers = new FakeAnswers(gpus);
    if (!query.onDevice()) {
      return ask(() -> answers.system(query));
    }
    return on(handle, query, gpu -> answers.numbers(gpu, query));
  }

  @Override
  public Reading<String> text(long handle, Query.Text query) {
    FakeAnswers answers = new FakeAnswers(gpus);
    return query.onDevice()
        ? on(handle, query, gpu -> answers.text(gpu, query))
        : ask(() -> gpus.get(0).profile.text(query.symbol()));
  }

  @Override
  public Reading<Long> lookup(Query.Lookup query) {
    return ask(() -> new FakeAnswers(gpus).lookup(query));
  }

  @Override
  public Reading<List<GpuProcess>> processes(long handle, Query.Processes query) {
    return on(
        handle,
        query,
        gpu -> Reading.of(query.kind() == ProcessKind.COMPUTE ? gpu.processes() : List.of()));
  }

  @Override
  public Reading<List<ProcessUtilization>> processUtilization(
      long handle, Query.ProcessUtilizations query) {
    long micros = nanoTime() / 1000;
    return on(
        handle,
        query,
        gpu -> Reading.of(FakeAnswers.processUtilization(gpu, query.sinceMicros(), micros)));
  }

  @Override
  public Reading<List<Sample>> samples(long handle, Query.Samples query) {
    long micros = nanoTime() / 1000;
    return on(handle, query, gpu -> FakeAnswers.samples(gpu, query, micros));
  }

  @Override
  public Reading<List<FieldValue>> fields(long handle, Query.Fields query) {
    long micros = nanoTime() / 1000;
    return on(handle, query, gpu -> Reading.of(FakeAnswers.fields(gpu, query, micros)));
  }

  @Override
  public Reading<MemoryProbe> openMemory(long handle) {
    return FakeMemoryProbe.open(this, handle);
  }

  @Override
  public Reading<GpmSource> openGpm(long handle, OptionalInt gpuInstance) {
    return device(handle, "GPM")
        .flatMap(card -> instance(card, gpuInstance))
        .flatMap(
            gpu ->
                gpu.profile
                    .text("nvmlGpmQueryDeviceSupport")
                    .map(on -> new FakeGpmSource(this, gpu)));
  }

  private static Reading<FakeGpu> instance(FakeGpu card, OptionalInt gpuInstance) {
    return gpuInstance.isEmpty()
        ? Reading.of(card)
        : card.migDevices.stream()
            .filter(mig -> mig.gpuInstance().equals(gpuInstance))
            .findFirst()
            .map(Reading::of)
            .orElseGet(() -> Reading.absent(NvmlStatus.INVALID_ARGUMENT, "GPM"));
  }

  @Override
  public synchronized Reading<EventSource> openEvents(long handle, Set<EventType> types) {
    return device(handle, "events")
        .flatMap(
            gpu ->
                gpu.profile
                    .text("nvmlDeviceGetSupportedEventTypes")
                    .map(mask -> new FakeEventSource(gpu, types, this)));
  }

  private interface GpuQuestion<T> {
    Reading<T> ask(FakeGpu gpu);
  }

  private <T> Reading<T> on(long handle, Query<T> query, GpuQuestion<T> question) {
    return device(handle, query.symbol())
        .flatMap(gpu -> on(gpu, query.symbol(), () -> question.ask(gpu)));
  }

  /** Asks a card at the present time, unless the script has it hang or fail. */
  <T> Reading<T> on(FakeGpu gpu, String symbol, Supplier<Reading<T>> question) {
    gpu.hangOf(symbol).ifPresent(FakeNvml::await);
    return ask(
        () -> {
          NvmlStatus fault = gpu.fault(symbol);
          if (fault != NvmlStatus.SUCCESS) {
            return Reading.absent(fault, symbol);
          }
          if (gpu.profile.denies(symbol)) {
            return gpu.profile.text(symbol).flatMap(none -> question.get());
          }
          gpu.physics.advanceTo(nanoTime());
          return question.get();
        });
  }

  private synchronized <T> Reading<T> ask(Supplier<Reading<T>> question) {
    return initialised > 0
        ? question.get()
        : Reading.absent(NvmlStatus.UNINITIALIZED, "fake driver");
  }

  private Reading<FakeGpu> device(long handle, String subject) {
    return FakeAnswers.byHandle(gpus, handle)
        .map(Reading::of)
        .orElseGet(() -> Reading.absent(NvmlStatus.INVALID_ARGUMENT, subject));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
