package io.smartops.nvml;

import io.smartops.nvml.driver.NvmlDriver;
import io.smartops.nvml.driver.Query;
import io.smartops.nvml.driver.SystemQueries;
import io.smartops.nvml.jna.JnaDriver;
import io.smartops.nvml.reading.NvmlException;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/**
 * An open NVML.
 *
 * <pre>{@code
 * try (Nvml nvml = Nvml.open()) {
 *   for (GpuDevice device : nvml.devices().orElse(List.of())) {
 *     System.out.println(device.name() + " " + device.memory());
 *   }
 * }
 * }</pre>
 *
 * <p>Opening is counted: the driver is initialised by the first and shut down by the last of all
 * that are open. Keep one open for as long as readings are wanted; opening costs far more than
 * reading. After {@link #close} every reading is UNINITIALIZED.
 *
 * <p>All calls run on one daemon thread, and wait for it no longer than the timeout of the options:
 * a wedged driver costs a status, not the application. Thread-safe.
 */
public final class Nvml implements AutoCloseable {
  private final DriverSession session;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Nvml(DriverSession session) {
    this.session = session;
  }

  /**
   * Opens the driver's library.
   *
   * @throws NvmlException with status and advice, where there is no working driver
   */
  public static Nvml open() {
    return tryOpen().orElseThrow();
  }

  /** Like {@link #open}, for those who can do without a GPU. */
  public static Reading<Nvml> tryOpen() {
    return tryOpen(NvmlOptions.defaults());
  }

  /** Opens a library as the options say. */
  public static Reading<Nvml> tryOpen(NvmlOptions options) {
    String name = options.library().map(Path::toString).orElse("");
    DriverSession session =
        DriverSession.shared(
            name.isEmpty() ? "the driver's library" : name,
            () -> name.isEmpty() ? JnaDriver.load() : JnaDriver.load(name),
            options.callTimeout());
    return session.acquire().map(Nvml::new);
  }

  /** Opens another driver, such as a fake; the options' library is not used. */
  public static Reading<Nvml> tryOpen(NvmlDriver driver, NvmlOptions options) {
    return DriverSession.of(driver, options.callTimeout()).acquire().map(Nvml::new);
  }

  /** Version of the driver, as {@code 550.54.15}. */
  public Reading<String> driverVersion() {
    return read(SystemQueries.DRIVER_VERSION);
  }

  /** Version of the library. */
  public Reading<String> nvmlVersion() {
    return read(SystemQueries.NVML_VERSION);
  }

  /** Newest CUDA that the driver supports, as {@code 12.4}. */
  public Reading<String> cudaDriverVersion() {
    return read(SystemQueries.CUDA_DRIVER_VERSION)
        .map(version -> version / 1000 + "." + version % 1000 / 10);
  }

  /** Number of physical devices. */
  public Reading<Integer> deviceCount() {
    return read(SystemQueries.DEVICE_COUNT);
  }

  /** A device by NVML index. The order may change at each boot: keep UUIDs, not indices. */
  public Reading<GpuDevice> device(int index) {
    return find(SystemQueries.deviceByIndex(index));
  }

  /** A device, or a MIG device, by its whole UUID. */
  public Reading<GpuDevice> deviceByUuid(String uuid) {
    return find(SystemQueries.deviceByUuid(uuid));
  }

  /** A device by PCI bus id, as {@code 00000000:65:00.0}. */
  public Reading<GpuDevice> deviceByPciBusId(String busId) {
    return find(SystemQueries.deviceByPciBusId(busId));
  }

  /** All physical devices that answer; one that is lost is left out. */
  public Reading<List<GpuDevice>> devices() {
    return deviceCount()
        .map(
            count -> {
              List<GpuDevice> devices = new ArrayList<>();
              for (int index = 0; index < count; index++) {
                device(index).toOptional().ifPresent(devices::add);
              }
              return List.copyOf(devices);
            });
  }

  /** Which device CUDA, and so DJL, means by each of its device ids. */
  public CudaDevices cudaDevices() {
    return CudaDevices.of(this, System.getenv());
  }

  /** Whether a call is stuck in the driver; readings are TIMEOUT until it returns. */
  public boolean isWedged() {
    return session.isWedged();
  }

  /** Asks a question of the system. */
  public <T> Reading<T> read(Query<T> query) {
    return call(query.key(), driver -> driver.read(0, query));
  }

  /** Asks on the driver's thread; questions nested in {@code question} run there directly. */
  <T> Reading<T> call(String subject, Function<NvmlDriver, Reading<T>> question) {
    return closed.get()
        ? Reading.absent(NvmlStatus.UNINITIALIZED, subject)
        : session.call(subject, question);
  }

  /**
   * Runs several readings in one go on the driver's thread, at the price of one hand-over.
   *
   * @param subject name of the whole for messages
   */
  public <T> Reading<T> batch(String subject, Supplier<T> readings) {
    return call(subject, driver -> Reading.of(readings.get()));
  }

  /** Like {@link #batch}, for readings that need the driver's time. */
  public <T> Reading<T> sample(String subject, LongFunction<T> readings) {
    return call(subject, driver -> Reading.of(readings.apply(driver.nanoTime())));
  }

  /**
   * Like {@link #sample}, again and again on the driver's thread, first after {@code pause}. No
   * other thread wakes for it. The answers go to {@code outcome} on that thread, which must return
   * soon and ask the driver nothing: all other readings wait for it.
   *
   * @return ends it
   */
  public <T> Runnable sampleEvery(
      Duration pause, String subject, LongFunction<T> readings, Consumer<Reading<T>> outcome) {
    return session.repeat(
        subject,
        pause,
        driver ->
            closed.get()
                ? Reading.absent(NvmlStatus.UNINITIALIZED, subject)
                : Reading.of(readings.apply(driver.nanoTime())),
        outcome);
  }

  /** How long a caller waits for the driver before a reading becomes TIMEOUT. */
  public Duration callTimeout() {
    return session.callTimeout();
  }

  private Reading<GpuDevice> find(Query<Long> query) {
    return read(query).map(handle -> new GpuDevice(this, handle));
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      session.release();
    }
  }
}
