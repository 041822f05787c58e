package io.smartops.benchmarks.compare;

import io.smartops.benchmarks.Jvm;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Another process that wants a core for two seconds of every four. */
final class Neighbour {
  private static final long BURST_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Optional<Process> process;

  private Neighbour(Optional<Process> process) {
    this.process = process;
  }

  /** The neighbour of a trial under {@code condition}; most have none. */
  static Neighbour beside(Condition condition) throws IOException {
    return condition == Condition.NOISY_NEIGHBOUR
        ? new Neighbour(Optional.of(start()))
        : new Neighbour(Optional.empty());
  }

  private static Process start() throws IOException {
    return Jvm.process(Neighbour.class, List.of("-Xmx32m", "-XX:+UseSerialGC"), List.of())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** The neighbour's own process: it also ends with the one that started it. */
  public static void main(String[] arguments) {
    ProcessHandle parent = ProcessHandle.current().parent().orElseThrow();
    while (parent.isAlive()) {
      long end = System.nanoTime() + BURST_NANOS;
      while (System.nanoTime() < end) {
        Thread.onSpinWait();
      }
      LockSupport.parkNanos(BURST_NANOS);
    }
  }

  void stop() {
    process.ifPresent(Process::destroyForcibly);
  }
}
