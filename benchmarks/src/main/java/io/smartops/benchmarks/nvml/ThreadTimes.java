package io.smartops.benchmarks.nvml;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * CPU time of all threads of this process, the JVM's own included: {@code
 * /proc/self/task/…/schedstat}. The JVM's figure for the process has steps of 10 ms, too coarse for
 * shares of a thousandth.
 */
record ThreadTimes(Map<Path, Used> threads) {

  /** A thread by the kernel's name for it, which keeps 15 characters. */
  record Used(String name, long nanos) {}

  static ThreadTimes now() throws IOException {
    Map<Path, Used> threads = new HashMap<>();
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path task : tasks) {
        try {
          threads.put(task, read(task));
        } catch (NoSuchFileException e) {
          // The thread ended meanwhile.
        }
      }
    }
    return new ThreadTimes(Map.copyOf(threads));
  }

  private static Used read(Path task) throws IOException {
    String name = Files.readString(task.resolve("comm")).strip();
    String[] figures = Files.readString(task.resolve("schedstat")).split(" ", -1);
    return new Used(name, Long.parseLong(figures[0]));
  }

  /** What each thread spent since {@code before}. */
  ThreadTimes since(ThreadTimes before) {
    Map<Path, Used> spent = new HashMap<>();
    threads.forEach(
        (task, thread) -> {
          Used earlier = before.threads.get(task);
          long start = earlier == null ? 0 : earlier.nanos();
          spent.put(task, new Used(thread.name(), thread.nanos() - start));
        });
    return new ThreadTimes(Map.copyOf(spent));
  }

  /** The sum over the threads whose names begin so. */
  long nanos(String prefix) {
    return threads.values().stream()
        .filter(thread -> thread.name().startsWith(prefix))
        .mapToLong(Used::nanos)
        .sum();
  }
}
