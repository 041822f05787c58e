package io.smartops.nvml;

import io.smartops.nvml.driver.NvmlDriver;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A driver and its thread, shared by all that opened the same library.
 *
 * <p>The first user initialises the driver and the last one shuts it down. Thread-safe.
 */
final class DriverSession {
  private static final Map<String, DriverSession> SHARED = new ConcurrentHashMap<>();

  private final String name;
  private final Supplier<Reading<NvmlDriver>> loader;
  private final DriverThread thread;
  private volatile Reading<NvmlDriver> driver;
  private int users;

  private DriverSession(String name, Supplier<Reading<NvmlDriver>> loader, Duration timeout) {
    this.name = name;
    this.loader = loader;
    this.thread = new DriverThread(timeout);
    this.driver = Reading.absent(NvmlStatus.UNINITIALIZED, name);
  }

  /** The session of a library; its timeout is that of the first user. */
  static DriverSession shared(
      String library, Supplier<Reading<NvmlDriver>> loader, Duration timeout) {
    return SHARED.computeIfAbsent(library, name -> new DriverSession(name, loader, timeout));
  }

  /** A session of its own. */
  static DriverSession of(NvmlDriver driver, Duration timeout) {
    return new DriverSession("NVML", () -> Reading.of(driver), timeout);
  }

  /** Adds a user. */
  synchronized Reading<DriverSession> acquire() {
    if (users == 0) {
      driver = thread.call(name, this::start);
    }
    return driver.map(
        started -> {
          users++;
          return this;
        });
  }

  private Reading<NvmlDriver> start() {
    return loader
        .get()
        .flatMap(
            loaded -> {
              NvmlStatus status = loaded.init();
              return status == NvmlStatus.SUCCESS
                  ? Reading.of(loaded)
                  : Reading.absent(status, "nvmlInit of " + name);
            });
  }

  /** Removes a user. Returns after the timeout even if the driver is wedged. */
  synchronized void release() {
    if (--users == 0) {
      call("nvmlShutdown", started -> Reading.of(started.shutdown()));
      driver = Reading.absent(NvmlStatus.UNINITIALIZED, name);
    }
  }

  /** Asks the driver on its thread. */
  <T> Reading<T> call(String subject, Function<NvmlDriver, Reading<T>> question) {
    Reading<NvmlDriver> now = driver;
    return now.flatMap(started -> thread.call(subject, () -> question.apply(started)));
  }

  /** Asks the driver on its thread again and again; see {@link DriverThread#repeat}. */
  <T> Runnable repeat(
      String subject,
      Duration pause,
      Function<NvmlDriver, Reading<T>> question,
      Consumer<Reading<T>> outcome) {
    return thread.repeat(subject, pause, () -> driver.flatMap(question), outcome);
  }

  /** How long a caller waits for an answer. */
  Duration callTimeout() {
    return thread.timeout();
  }

  /** Whether a call is stuck in the driver. */
  boolean isWedged() {
    return thread.isWedged();
  }
}
